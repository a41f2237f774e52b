// Histograms: every value has its bucket, and what is read is what was counted.
#include "base/histogram.h"

#include <doctest/doctest.h>

#include <memory>

namespace troupe {
namespace {

TEST_CASE("every value lies in the bucket that ends behind it and begins at it or before") {
  for (std::uint64_t value = 0; value < (std::uint64_t{1} << histogram::kMaxPower); value += 1 + value / 3) {
    const std::size_t bucket = histogram::bucket_of(value);
    REQUIRE(bucket < histogram::kBuckets);
    CHECK(value < histogram::end_of(bucket));
    if (bucket > 0) CHECK(value >= histogram::end_of(bucket - 1));
  }
}

TEST_CASE("what is longer than the longest counts as that") {
  CHECK(histogram::bucket_of(~std::uint64_t{0}) == histogram::kBuckets - 1);
  HistogramSum sum;
  sum.add(~std::uint64_t{0} / 2);
  CHECK(sum.count == 1);
  CHECK(sum.quantile(1) > 1'000'000'000'000);
}

TEST_CASE("how many were below a power of two is exact") {
  HistogramSum sum;
  for (std::uint64_t value = 0; value < 5'000; ++value) sum.add(value);
  for (std::uint64_t bound = 1; bound <= 4'096; bound *= 2) CHECK(sum.below(bound) == bound);
  CHECK(sum.below(8'192) == 5'000);
}

TEST_CASE("a quantile is known to an eighth, and there is none of nothing") {
  HistogramSum sum;
  CHECK(sum.quantile(0.5) == 0);
  for (std::uint64_t value = 1; value <= 100'000; ++value) sum.add(value);
  for (const double share : {0.1, 0.5, 0.9, 0.99, 1.0}) {
    const double exact = share * 100'000;
    CHECK(static_cast<double>(sum.quantile(share)) > exact * 0.87);
    CHECK(static_cast<double>(sum.quantile(share)) < exact * 1.15);
  }
  CHECK(sum.quantile(-1) <= 2);
  CHECK(sum.quantile(7) == sum.quantile(1));
}

TEST_CASE("a weight counts as so many, and sums add up") {
  const auto counts = std::make_unique<HistogramCounts>();
  counts->add(1'000, 8, false);
  counts->add(3'000, 1, true);
  HistogramSum sum, twice;

  counts->add_to(sum);
  twice += sum;
  twice += sum;

  CHECK(sum.count == 9);
  CHECK(sum.sum == 11'000);
  CHECK(twice.count == 18);
  CHECK(twice.below(2'048) == 16);
}

}  // namespace
}  // namespace troupe

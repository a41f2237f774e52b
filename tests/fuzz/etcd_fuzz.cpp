// What an etcd answers, as any bytes: the lines of a stream, and each kind of answer. Nothing crashes, and what is read
// has its limits.
#include <cstdlib>

#include "coordinator/etcd/base64.h"
#include "coordinator/etcd/lines.h"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* bytes, std::size_t size) {
  using namespace troupe::coordinator::etcd;
  const std::string_view input(reinterpret_cast<const char*>(bytes), size);
  Lines lines;
  // Parted at a place that the input says.
  const std::size_t at = size == 0 ? 0 : static_cast<unsigned char>(input.back()) % size;
  for (const std::string_view part : {input.substr(0, at), input.substr(at)}) {
    lines.feed(part);
    while (const auto line = lines.next()) {
      const auto read = read_watch(*line, "p/r/");
      if (!read) continue;
      for (const auto& change : read.value().answer.changes)
        if (change.key.size() > line->size()) std::abort();
    }
  }
  (void)read_range(input, "p/r/");
  (void)read_transaction(input);
  (void)read_ttl(input);
  (void)read_token(input);
  (void)read_refusal(input);
  if (const auto decoded = from_base64(input); decoded && decoded->size() > size) std::abort();
  return 0;
}

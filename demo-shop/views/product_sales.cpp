#include "views/product_sales.h"

#include <fmt/format.h>
#include <topic/payload.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <string>
#include <vector>

#include "events.capnp.h"
#include "lists.h"

namespace demo {

using troupe::Task;
using troupe::topic::Payload;

namespace {

constexpr std::uint32_t kMostBestSellers = 100;
constexpr std::uint32_t kBestSellers = 10;
constexpr std::size_t kPage = 500;

constexpr std::size_t kMostDays = 400;
constexpr std::chrono::days kDaysBack{30};

// "2026-11-30", of UTC.
std::string day_of(std::chrono::sys_days day) {
  const std::chrono::year_month_day date(day);
  return fmt::format("{:04}-{:02}-{:02}", int(date.year()), unsigned(date.month()), unsigned(date.day()));
}

std::string day_of_ms(std::uint64_t ms) {
  return day_of(std::chrono::floor<std::chrono::days>(
      std::chrono::sys_time<std::chrono::milliseconds>(std::chrono::milliseconds(ms))));
}

std::chrono::sys_days read_day(const std::string& text) {
  int year = 0;
  unsigned month = 0, day = 0;
  int end = 0;
  const bool shaped = text.size() == 10 && text[4] == '-' && text[7] == '-' &&
                      text.find_first_not_of("0123456789-") == text.npos &&
                      std::sscanf(text.c_str(), "%4d-%2u-%2u%n", &year, &month, &day, &end) == 3 && end == 10;
  const std::chrono::year_month_day date{std::chrono::year(year), std::chrono::month(month), std::chrono::day(day)};
  if (!shaped || !date.ok())
    throw troupe::Refusal("bad_day", fmt::format("a day is written as 2026-11-30, not '{}'", text));
  return std::chrono::sys_days(date);
}

using Sale = troupe::Table<shop::ProductSale>::Stored;

}  // namespace

Task<> ProductSales::onOrders(OnOrdersParams::Reader in, OnOrdersResults::Builder) {
  auto sales = products();
  for (auto event : in.getEvents()) {
    const auto type = to_string(event.getType());
    if (type == "OrderPlaced") {
      Payload<shop::OrderPlaced> placed(event);
      for (auto line : placed->getLines()) {
        sales.edit(to_string(line.getSku()), [&](auto sale) {
          sale.setOrders(sale.getOrders() + 1);
          sale.setQuantity(sale.getQuantity() + line.getQuantity());
          sale.setCents(sale.getCents() + line.getQuantity() * line.getUnitCents());
        });
      }
      edit_day(event.getTimeMs(), [&](auto day) {
        day.setOrders(day.getOrders() + 1);
        for (auto line : placed->getLines()) day.setQuantity(day.getQuantity() + line.getQuantity());
        day.setCents(day.getCents() + placed->getTotalCents());
      });
    } else if (type == "OrderCancelled") {
      Payload<shop::OrderCancelled> cancelled(event);
      for (auto line : cancelled->getLines()) {
        sales.edit(to_string(line.getSku()), [&](auto sale) {
          sale.setQuantity(sale.getQuantity() - line.getQuantity());
          sale.setCents(sale.getCents() - line.getQuantity() * line.getUnitCents());
          sale.setCancelled(sale.getCancelled() + line.getQuantity());
        });
      }
      edit_day(event.getTimeMs(), [&](auto day) {
        day.setCancelledOrders(day.getCancelledOrders() + 1);
        day.setCancelledCents(day.getCancelledCents() + cancelled->getTotalCents());
      });
    }
  }
  edit().setEvents(state().getEvents() + in.getEvents().size());
  co_return;
}

template <class Edit>
void ProductSales::edit_day(std::uint64_t time_ms, Edit edit) {
  const auto day = day_of_ms(time_ms);
  by_day().edit(day, [&](auto row) {
    row.setDay(day);
    edit(row);
  });
}

Task<> ProductSales::days(DaysParams::Reader in, DaysResults::Builder out) {
  const auto last =
      in.getTo().size() > 0 ? read_day(to_string(in.getTo())) : std::chrono::floor<std::chrono::days>(now());
  const auto first = in.getFrom().size() > 0 ? read_day(to_string(in.getFrom())) : last - kDaysBack;
  const auto from = day_of(first), to = day_of(last + std::chrono::days(1));
  std::vector<troupe::Table<shop::DaySale>::Stored> rows;
  if (first <= last)
    for (auto& row : by_day().page({.from = from, .to = to, .limit = kMostDays})) rows.push_back(row);
  auto list = out.initDays(static_cast<unsigned>(rows.size()));
  for (unsigned i = 0; i < rows.size(); ++i) list.setWithCaveats(i, *rows[i]);
  co_return;
}

Task<> ProductSales::of(OfParams::Reader in, OfResults::Builder out) {
  if (auto sale = products().get(to_string(in.getSku()))) out.setSale(**sale);
  co_return;
}

Task<> ProductSales::bestSellers(BestSellersParams::Reader in, BestSellersResults::Builder out) {
  const std::size_t limit = in.getLimit() == 0 ? kBestSellers : std::min(in.getLimit(), kMostBestSellers);
  const auto better = [](const Sale& a, const Sale& b) { return a->getQuantity() > b->getQuantity(); };
  std::vector<Sale> best;
  std::string after;
  for (bool more = true; more;) {
    auto page = products().page({.from = after, .limit = kPage});
    for (const auto& sale : page) {
      best.push_back(sale);
      after = sale.key + '\0';
    }
    std::stable_sort(best.begin(), best.end(), better);
    best.erase(best.begin() + static_cast<std::ptrdiff_t>(std::min(best.size(), limit)), best.end());
    more = page.more();
  }
  auto list = out.initProducts(static_cast<unsigned>(best.size()));
  for (unsigned i = 0; i < best.size(); ++i) {
    list[i].setSku(best[i].key);
    list[i].setSale(*best[i]);
  }
  co_return;
}

Task<> ProductSales::list(ListParams::Reader in, ListResults::Builder out) {
  const auto after = to_string(in.getAfter());
  auto page = products().page({.from = after.empty() ? after : after + '\0', .limit = kPage});
  auto list = out.initProducts(static_cast<unsigned>(page.size()));
  for (unsigned i = 0; i < page.size(); ++i) {
    list[i].setSku(page[i].key);
    list[i].setSale(*page[i]);
  }
  out.setMore(page.more());
  out.setEvents(state().getEvents());
  co_return;
}

}  // namespace demo

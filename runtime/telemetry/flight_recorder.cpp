#include "telemetry/flight_recorder.h"

#include <algorithm>
#include <cstring>
#include <optional>
#include <tuple>

#include "base/observer.h"
#include "base/shared_caller.h"
#include "troupe/service.h"

namespace troupe::telemetry {
namespace {

using Word = std::atomic<std::uint64_t>;

// A slot, in words: the header, then texts (the actor's key, the caller, who is asking), each from a word's begin, then
// the input.
enum Header : std::size_t {
  kVersion,  // 0: never used; 4n+1 being written, 4n+2 begun, 4n+3 being ended, 4n+4 ended; n counts the ring's turns
  kService,  // const ServiceInfo*
  kWhat,     // method, kind << 16, outcome << 24, error << 32, edited << 40
  kIdHigh,
  kIdLow,
  kBegin,     // ticks
  kEnd,       // ticks, or 0
  kWaited,    // nanoseconds
  kLengths,   // bytes: of the key as it is kept, of the whole key << 16, of the caller << 32, of who << 48
  kLongKey,   // hash of a key that is not kept whole
  kCaller,    // const ServiceInfo*, or null
  kInput,     // bytes, << 32: how many segments are kept, or kIsText
  kSegments,  // words of each, 16 bits
  kHeaderWords
};
constexpr std::size_t kMostSegments = 4;
constexpr std::uint64_t kIsText = 0xff;
constexpr std::size_t words_for(std::size_t bytes) { return (bytes + 7) / 8; }
constexpr std::size_t kTextWords = words_for(FlightRecorder::kMostKeyBytes) +
                                   words_for(FlightRecorder::kMostCallerBytes) +
                                   words_for(FlightRecorder::kMostWhoBytes);
// A ring has room for so many turns; with less memory there are fewer rings.
constexpr std::size_t kLeastSlots = 16;
// What turns that failed have of it.
constexpr std::size_t kShareOfTroubles = 8;

std::uint64_t next_recorder() noexcept {
  static std::atomic<std::uint64_t> count{0};
  return count.fetch_add(1, std::memory_order_relaxed) + 1;
}

void put(Word& word, std::uint64_t value) noexcept { word.store(value, std::memory_order_relaxed); }

// Whole words; the last is filled with zeros. Gives the word behind it.
Word* put_text(Word* at, const char* text, std::size_t bytes) noexcept {
  while (bytes >= 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, text, 8);
    put(*at++, word);
    text += 8, bytes -= 8;
  }
  if (bytes == 0) return at;
  std::uint64_t word = 0;
  std::memcpy(&word, text, bytes);
  put(*at++, word);
  return at;
}

EventKind kind_of(const wire::Envelope& call) noexcept {
  if (!call.delivery) return call.method == wire::kNoMethod ? EventKind::timer : EventKind::method;
  struct Kinds {
    EventKind operator()(const wire::DurableMessage&) const { return EventKind::message; }
    EventKind operator()(const wire::MessageAnswer&) const { return EventKind::answer; }
    EventKind operator()(const wire::DueReminder&) const { return EventKind::reminder; }
    EventKind operator()(const wire::EndOfDeadLetter&) const { return EventKind::dead_letter; }
    EventKind operator()(const wire::EraseAll&) const { return EventKind::erase; }
    EventKind operator()(const wire::MonitorRequest&) const { return EventKind::down; }
  };
  return std::visit(Kinds{}, *call.delivery);
}

// What a turn without parameters is about; empty: nothing that has a name.
std::string_view name_of(const wire::Envelope& call) noexcept {
  if (const auto* reminder = std::get_if<wire::DueReminder>(call.delivery.get())) return reminder->name;
  if (const auto* answer = std::get_if<wire::MessageAnswer>(call.delivery.get())) return answer->tag;
  return {};
}

struct CalledBy {
  const ServiceInfo* service = nullptr;
  std::string_view text;
};

// The turn that made the call, or the actor that sent the message.
CalledBy caller_of(const wire::Envelope& call) noexcept {
  if (call.parent) return {&call.parent->target->service, call.parent->target->key};
  if (call.remote_chain && !call.remote_chain->empty()) return {nullptr, call.remote_chain->front().actor};
  if (const auto* message = wire::message_of(call)) return {nullptr, message->sender};
  return {};
}

}  // namespace

// Two rows of slots in one piece of memory; one thread writes, or several that take the lock.
struct FlightRecorder::Ring {
  Ring(std::size_t slots_in, std::size_t troubles_in, std::size_t slot_words_in)
      : slots(slots_in),
        troubles(troubles_in),
        slot_words(slot_words_in),
        words(new Word[(slots + troubles) * slot_words]) {
    for (std::size_t i = 0; i < (slots + troubles) * slot_words; ++i) put(words[i], 0);
  }
  [[nodiscard]] Word* slot(std::uint64_t number) const noexcept { return &words[(number % slots) * slot_words]; }
  [[nodiscard]] Word* trouble(std::uint64_t number) const noexcept {
    return &words[(slots + number % troubles) * slot_words];
  }

  alignas(64) const std::size_t slots;
  const std::size_t troubles;
  const std::size_t slot_words;
  const std::unique_ptr<Word[]> words;
  bool shared = false;
  std::uint64_t next = 0;
  std::uint64_t next_trouble = 0;
  std::atomic_flag held{};
};

namespace {

class Holding {
 public:
  Holding(bool shared, std::atomic_flag& flag) noexcept : flag_(shared ? &flag : nullptr) {
    while (flag_ && flag_->test_and_set(std::memory_order_acquire)) std::this_thread::yield();
  }
  ~Holding() {
    if (flag_) flag_->clear(std::memory_order_release);
  }
  Holding(const Holding&) = delete;
  Holding& operator=(const Holding&) = delete;

 private:
  std::atomic_flag* const flag_;
};

}  // namespace

FlightRecorder::FlightRecorder(const TickClock& ticks, const FlightRecorderOptions& options, std::size_t threads)
    : ticks_(ticks), id_(next_recorder()), input_words_(words_for(options.input_bytes)) {
  const std::size_t slot_words = kHeaderWords + kTextWords + input_words_;
  const std::size_t slots = std::max(options.bytes / (slot_words * sizeof(Word)), 2 * kLeastSlots);
  const std::size_t rings = std::clamp<std::size_t>(slots / (2 * kLeastSlots), 1, threads + 1);
  const std::size_t of_each = slots / rings;
  const std::size_t troubles = std::max<std::size_t>(of_each / kShareOfTroubles, 1);
  for (std::size_t i = 0; i < rings; ++i)
    rings_.push_back(std::make_unique<Ring>(of_each - troubles, troubles, slot_words));
  rings_.back()->shared = true;
  constexpr TickClock::Ticks kSome = TickClock::Ticks{1} << 40;
  const auto some_ns = static_cast<double>(std::max<std::int64_t>(ticks.between(1, 1 + kSome).count(), 1));
  const auto slow_ns = static_cast<double>(std::chrono::nanoseconds(limits::kRecorderSlowTurn).count());
  slow_ticks_ = static_cast<TickClock::Ticks>(slow_ns * static_cast<double>(kSome) / some_ns);
}

FlightRecorder::~FlightRecorder() = default;

std::size_t FlightRecorder::bytes() const noexcept {
  std::size_t out = 0;
  for (const auto& ring : rings_) out += (ring->slots + ring->troubles) * ring->slot_words * sizeof(Word);
  return out;
}

FlightRecorder::Ring& FlightRecorder::find_mine() noexcept {
  Ring* found = rings_.back().get();
  try {
    const std::lock_guard lock(mutex_);
    const auto self = std::this_thread::get_id();
    if (const auto known = owners_.find(self); known != owners_.end()) {
      found = known->second;
    } else if (owners_.size() + 1 < rings_.size()) {
      found = rings_[owners_.size()].get();
      owners_.emplace(self, found);
    }
  } catch (const std::bad_alloc&) {  // the shared one is good enough
  }
  cached() = {id_, found};
  return *found;
}

std::uint64_t FlightRecorder::write(Ring& ring, wire::Envelope& call, TickClock::Ticks at, TimePoint since) noexcept {
  const std::uint64_t number = ++ring.next;
  Word* slot = ring.slot(number);
  put(slot[kVersion], 4 * number + 1);
  std::atomic_thread_fence(std::memory_order_release);
  const wire::Address& actor = *call.target;
  const CalledBy caller = caller_of(call);
  const std::string_view who = call.caller ? std::string_view(call.caller->caller().name) : std::string_view();
  const std::size_t key_bytes = std::min(actor.key.size(), kMostKeyBytes);
  const std::size_t caller_bytes = std::min(caller.text.size(), kMostCallerBytes);
  const std::size_t who_bytes = std::min(who.size(), kMostWhoBytes);
  put(slot[kService], reinterpret_cast<std::uintptr_t>(&actor.service));
  put(slot[kWhat],
      std::uint64_t{call.method} | static_cast<std::uint64_t>(kind_of(call)) << 16 | std::uint64_t{kBegun} << 24);
  put(slot[kIdHigh], call.id.hi);
  put(slot[kIdLow], call.id.lo);
  put(slot[kBegin], at);
  put(slot[kEnd], 0);
  const auto waited = call.arrived == TimePoint{} ? std::chrono::nanoseconds(0) : since - call.arrived;
  put(slot[kWaited], static_cast<std::uint64_t>(std::max<std::int64_t>(waited.count(), 0)));
  put(slot[kLengths], key_bytes | std::min<std::size_t>(actor.key.size(), 0xffff) << 16 | caller_bytes << 32 |
                          std::uint64_t{who_bytes} << 48);
  put(slot[kLongKey], key_bytes < actor.key.size() ? stable_hash(actor.key, 0) : 0);
  put(slot[kCaller], reinterpret_cast<std::uintptr_t>(caller.service));
  Word* text = put_text(slot + kHeaderWords, actor.key.data(), key_bytes);
  text = put_text(text, caller.text.data(), caller_bytes);
  text = put_text(text, who.data(), who_bytes);

  std::uint64_t kept = 0, sizes = 0, input = 0;
  if (call.method == wire::kNoMethod) {
    const std::string_view name = name_of(call);
    input = name.size();
    if (input != 0 && words_for(input) <= input_words_) kept = kIsText, put_text(text, name.data(), name.size());
  } else {
    const auto segments = call.params.segments();
    std::size_t words = 0;
    for (const auto& segment : segments) words += segment.size();
    input = words * sizeof(capnp::word);
    if (words <= input_words_ && segments.size() <= kMostSegments) {
      for (const auto& segment : segments) {
        text = put_text(text, reinterpret_cast<const char*>(segment.begin()), segment.size() * sizeof(capnp::word));
        sizes |= std::uint64_t{segment.size()} << (16 * kept++);
      }
    }
  }
  put(slot[kInput], (input & 0xffff'ffff) | kept << 32);
  put(slot[kSegments], sizes);
  slot[kVersion].store(4 * number + 2, std::memory_order_release);
  return number;
}

FlightRecorder::Place FlightRecorder::begin(wire::Envelope& call, TickClock::Ticks at, TimePoint since) noexcept {
  Ring& ring = mine();
  const Holding hold(ring.shared, ring.held);
  return {&ring, write(ring, call, at, since)};
}

void FlightRecorder::end(const Place& place, wire::Envelope& call, TickClock::Ticks begun, TimePoint since,
                         const End& end) noexcept {
  const TickClock::Ticks now = ticks_.now();
  Ring& ring = mine();
  const Holding hold(ring.shared, ring.held);
  std::uint64_t number = place.number;
  const bool here =
      place.ring == &ring && ring.slot(number)[kVersion].load(std::memory_order_relaxed) == 4 * number + 2;
  if (!here) number = write(ring, call, begun, since);
  Word* slot = ring.slot(number);
  put(slot[kVersion], 4 * number + 3);
  std::atomic_thread_fence(std::memory_order_release);
  const std::uint64_t what = slot[kWhat].load(std::memory_order_relaxed) & 0xff'ffff;
  const auto error = end.error ? static_cast<std::uint64_t>(end.error->kind()) : 0;
  put(slot[kWhat], what | std::uint64_t{end.outcome} << 24 | error << 32 | std::uint64_t{end.edited} << 40);
  put(slot[kEnd], now);
  slot[kVersion].store(4 * number + 4, std::memory_order_release);

  const bool trouble = end.outcome > static_cast<std::uint8_t>(TurnOutcome::refused);
  if (!trouble && now - begun < slow_ticks_) [[likely]]
    return;
  const std::uint64_t again = ++ring.next_trouble;
  Word* copy = ring.trouble(again);
  put(copy[kVersion], 4 * again + 1);
  std::atomic_thread_fence(std::memory_order_release);
  for (std::size_t i = kVersion + 1; i < ring.slot_words; ++i) put(copy[i], slot[i].load(std::memory_order_relaxed));
  copy[kVersion].store(4 * again + 4, std::memory_order_release);
}

// --- reading ---

namespace {

// The words as they were at one moment; nothing: never used, or overtaken.
bool snapshot(const Word* slot, std::vector<std::uint64_t>& words) {
  const std::uint64_t before = slot[kVersion].load(std::memory_order_acquire);
  if (before == 0 || before % 2 != 0) return false;
  for (std::size_t i = 0; i < words.size(); ++i) words[i] = slot[i].load(std::memory_order_relaxed);
  std::atomic_thread_fence(std::memory_order_acquire);
  return slot[kVersion].load(std::memory_order_relaxed) == before;
}

std::string text_at(const std::vector<std::uint64_t>& words, std::size_t& at, std::size_t bytes) {
  std::string out(bytes, '\0');
  if (bytes != 0) std::memcpy(out.data(), &words[at], bytes);
  at += words_for(bytes);
  return out;
}

const ServiceInfo* service_at(std::uint64_t word) {
  return reinterpret_cast<const ServiceInfo*>(static_cast<std::uintptr_t>(word));  // NOLINT: as it was put
}

TurnEvent event_of(const std::vector<std::uint64_t>& words) {
  TurnEvent out;
  const auto field = [&](Header which, int shift, std::uint64_t mask) { return words[which] >> shift & mask; };
  out.service = service_at(words[kService]);
  out.method = static_cast<std::uint16_t>(field(kWhat, 0, 0xffff));
  out.kind = static_cast<EventKind>(field(kWhat, 16, 0xff));
  out.outcome = static_cast<std::uint8_t>(field(kWhat, 24, 0xff));
  out.error = static_cast<std::uint8_t>(field(kWhat, 32, 0xff));
  out.edited = field(kWhat, 40, 1) != 0;
  out.request = {words[kIdHigh], words[kIdLow]};
  out.begun = words[kBegin];
  out.ended = words[kEnd];
  out.waited = std::chrono::nanoseconds(static_cast<std::int64_t>(words[kWaited]));
  out.key_bytes = field(kLengths, 16, 0xffff);
  out.long_key = words[kLongKey];
  out.caller = service_at(words[kCaller]);
  std::size_t at = kHeaderWords;
  out.key = text_at(words, at, field(kLengths, 0, 0xffff));
  out.caller_key = text_at(words, at, field(kLengths, 32, 0xffff));
  out.who = text_at(words, at, field(kLengths, 48, 0xffff));
  out.input_bytes = field(kInput, 0, 0xffff'ffff);
  const std::uint64_t kept = field(kInput, 32, 0xff);
  if (kept == kIsText) {
    out.name = text_at(words, at, out.input_bytes);
    return out;
  }
  for (std::size_t i = 0; i < kept; ++i) {
    const std::size_t size = words[kSegments] >> (16 * i) & 0xffff;
    out.input.emplace_back(words.begin() + static_cast<std::ptrdiff_t>(at),
                           words.begin() + static_cast<std::ptrdiff_t>(at + size));
    at += size;
  }
  return out;
}

bool is_wanted(const TurnEvent& event, const FlightRecorder::Wanted& wanted) {
  if (wanted.service.empty()) return true;
  if (event.service->name != wanted.service || event.key_bytes != wanted.key.size()) return false;
  if (event.key != wanted.key.substr(0, event.key.size())) return false;
  return event.key.size() == event.key_bytes || event.long_key == stable_hash(wanted.key, 0);
}

}  // namespace

std::vector<TurnEvent> FlightRecorder::read(const Wanted& wanted) const {
  // A turn may have been noted twice: where it began, and where it ended or with those that failed.
  std::map<std::tuple<TickClock::Ticks, std::uint64_t, std::uint64_t>, TurnEvent> found;
  for (const auto& ring : rings_) {
    std::vector<std::uint64_t> words(ring->slot_words);
    for (std::size_t i = 0; i < ring->slots + ring->troubles; ++i) {
      if (!snapshot(&ring->words[i * ring->slot_words], words)) continue;
      TurnEvent event = event_of(words);
      if (!is_wanted(event, wanted)) continue;
      auto& known = found[{event.begun, event.request.hi, event.request.lo}];
      if (!known.service || known.outcome == kBegun) known = std::move(event);
    }
  }
  std::vector<TurnEvent> out;
  for (auto at = found.rbegin(); at != found.rend() && out.size() < wanted.limit; ++at)
    out.push_back(std::move(at->second));
  return out;
}

}  // namespace troupe::telemetry

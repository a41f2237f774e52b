// What a store holds beside the actors' records, told in words: keys taken apart, structs as JSON by the schemas that
// the store itself remembers. Nothing of a program's own types is needed, so a running node and the files of a stopped
// one are read alike. Any thread; reads as it goes.
#pragma once

#include <string>

#include "observe/inspection_source.h"
#include "observe/row_source.h"
#include "store/store.h"

namespace troupe::inspect {

class StoredRows final : public observe::RowSource {
 public:
  // `store` outlives it.
  explicit StoredRows(store::Store& store) noexcept : store_(store) {}

  Result<observe::PageOf<observe::MessageLine>> messages(const observe::ActorName& sender,
                                                         const observe::PageRequest& page) override;
  Result<observe::PageOf<observe::DeadLetterLine>> dead_letters(const std::optional<observe::ActorName>& sender,
                                                                const observe::PageRequest& page) override;
  Result<std::vector<observe::TableLine>> tables(const observe::ActorName& actor) override;
  Result<observe::PageOf<observe::RowLine>> rows(const observe::ActorName& actor,
                                                 const observe::RowsRequest& request) override;
  Result<observe::PageOf<observe::ActorRowLine>> actor_rows(const observe::ActorRowsRequest& request) override;
  Result<std::vector<observe::ReminderLine>> reminders(const std::optional<observe::ActorName>& actor,
                                                       std::size_t limit) override;
  Result<observe::PageOf<observe::PastLine>> history(const observe::ActorName& actor,
                                                     const observe::PageRequest& page) override;
  Result<std::vector<observe::KindLine>> kinds(const observe::ActorName& actor) override;

  // Who has messages waiting for whom, by the rows alone; how they fare only a running node knows.
  [[nodiscard]] Result<observe::OutboxReport> outbox(std::size_t most_channels, std::uint64_t now_ms) const;
  // The durable key of a dead letter; `not_found` when there is none of that number.
  [[nodiscard]] Result<std::string> dead_letter_key(const observe::ActorName& actor, std::uint64_t number) const;
  // Remembered replies that lie in pages of their own.
  [[nodiscard]] Result<std::uint64_t> replies_in_pages(const observe::ActorName& actor) const;

 private:
  store::Store& store_;
};

}  // namespace troupe::inspect

// Erasing all that an actor keeps, however much it is: so many rows a commit.
//
// The first commit empties the actor's record and, if more is left than it takes, leaves a mark; the last one takes the
// mark away. Between them the actor runs no turn. A node that dies in between goes on before it does anything else
// (finish_erasures), so nobody ever sees an actor that is erased in part.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "actor/effects.h"
#include "base/epoch.h"
#include "store/format/keys.h"
#include "store/store.h"
#include "troupe/log.h"

namespace troupe::actor {

struct ErasurePage {
  std::vector<std::pair<std::string, RowValue>> rows;
  bool more = false;
};

// What is to go, and how far it has come. One thread.
class Erasure {
 public:
  using Page = ErasurePage;
  using Read = std::function<Page(const store::KeyRange& range, std::size_t limit)>;

  // `spared`: the key of the one row that stays as it is; empty: there is none.
  Erasure(const store::RowOwner& owner, std::string spared);
  // That of a mark. Throws `corrupt`.
  [[nodiscard]] static Erasure of_mark(std::string_view key, RowValue value);

  // What the next commit writes, about limits::kErasedRowsPerCommit rows; true: it is the last. Throws what `read`
  // throws.
  [[nodiscard]] bool collect(RowMap& rows, const Read& read);

 private:
  [[nodiscard]] store::RowOwner owner() const { return {partition_, service_, key_}; }
  [[nodiscard]] RowValue mark() const;

  PartitionId partition_;
  std::uint64_t service_;
  std::string key_;
  std::string spared_;
  std::size_t kind_ = 0;  // of those that are erased, in their order
  std::string from_;      // where the next page of it begins; empty: at its beginning
  bool marked_ = false;
};

// Ends what was being erased in a partition when it was closed, or its node died; no actor of it is active. The calling
// thread waits for the disk. Throws what the store says.
void finish_erasures(store::Store& store, PartitionId partition, Epoch epoch, const LogSink& log);

}  // namespace troupe::actor

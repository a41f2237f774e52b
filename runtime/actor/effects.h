// What a turn will have done besides editing the state, once it is committed: rows written, messages sent.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "store/commit.h"
#include "wire/envelope.h"

namespace troupe::actor {

// A row's value as it lies in the store (store/format/row.h); null: erased. Shared with whoever reads it.
using RowValue = store::Value;
using RowMap = std::map<std::string, RowValue, std::less<>>;

// A durable message of the turn. It gets its number and its row when the turn is committed.
struct SentMessage {
  wire::EnvelopePtr call;
  std::string answer;  // the tag; empty: none is wanted
  std::uint64_t sent_ms = 0;
  RowValue row;
};

// How many rows a table will have.
struct TableCount {
  std::string key;  // of its row
  std::uint64_t rows = 0;
  std::uint64_t row_type = 0;
};

struct Effects {
  RowMap rows;
  std::vector<TableCount> counts;  // of the tables that were written to; rows only when the turn is committed
  std::vector<SentMessage> messages;
  bool erase_everything = false;
};

// Rows of commits that are under way: newer than what the store shows. The activation's own.
//
// They are kept in the maps that the turns made, a layer a commit. Layers of like size are merged, as in a
// log-structured merge tree, so that there are few of them however many commits are under way, and a row is moved,
// never copied.
class UnsettledRows {
 public:
  // Of the actor's `number`th commit.
  void add(std::uint64_t number, RowMap&& rows) {
    layers_.push_back({std::move(rows), number, 1});
    while (layers_.size() > 1 && layers_.back().commits >= layers_[layers_.size() - 2].commits) {
      Layer newer = std::move(layers_.back());
      layers_.pop_back();
      newer.rows.merge(layers_.back().rows);  // what both have stays the newer one's
      layers_.back() = {std::move(newer.rows), newer.newest, newer.commits + layers_.back().commits};
    }
  }
  // Lets go of what the store shows by now: commits up to `durable` are on disk.
  void drop_durable(std::uint64_t durable) {
    const auto waits = [&](const Layer& layer) { return layer.newest > durable; };
    layers_.erase(layers_.begin(), std::find_if(layers_.begin(), layers_.end(), waits));
  }
  // What the newest commit that wrote `key` left there; nothing: none did.
  [[nodiscard]] const RowValue* find(const std::string& key) const {
    for (auto layer = layers_.rbegin(); layer != layers_.rend(); ++layer) {
      if (const auto row = layer->rows.find(key); row != layer->rows.end()) return &row->second;
    }
    return nullptr;
  }
  // The newest last.
  template <class Visit>
  void for_each_layer(Visit&& visit) const {
    for (const Layer& layer : layers_) visit(layer.rows);
  }

 private:
  struct Layer {
    RowMap rows;
    std::uint64_t newest;   // commit in it
    std::uint64_t commits;  // in it
  };
  std::vector<Layer> layers_;
};

}  // namespace troupe::actor

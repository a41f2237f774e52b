#include "contract/shelf.h"

#include <troupe/table.h>

#include <charconv>
#include <chrono>
#include <cstdio>
#include <optional>
#include <stdexcept>
#include <vector>

#include "contract/cast.h"

namespace troupe::contract {
namespace {

std::vector<std::string> split(const std::string& text, const std::string& by) {
  std::vector<std::string> parts;
  for (std::size_t at = 0; at <= text.size();) {
    const std::size_t end = std::min(text.find(by, at), text.size());
    if (end > at) parts.push_back(text.substr(at, end - at));
    at = end + by.size();
  }
  return parts;
}

std::string numbered(std::int64_t number) {
  char key[32];
  std::snprintf(key, sizeof key, "%06lld", static_cast<long long>(number));
  return key;
}

// The words of one command.
struct Command {
  explicit Command(const std::string& text) : words(split(text, " ")) {}
  [[nodiscard]] const std::string& name() const { return words.at(0); }
  // An empty key is written "".
  [[nodiscard]] std::string key() const { return words.at(1) == "\"\"" ? "" : words.at(1); }
  [[nodiscard]] std::int64_t number(std::size_t at) const { return std::stoll(words.at(at)); }
  [[nodiscard]] Rows range() const {
    Rows rows;
    for (const std::string_view word : words) {
      const auto value = word.substr(std::min(word.find('=') + 1, word.size()));
      if (word.starts_with("from=")) rows.from = value;
      if (word.starts_with("to=")) rows.to = value;
      if (word.starts_with("prefix=")) rows.prefix = value;
      if (word.starts_with("after=")) rows.after = value;
      if (word.starts_with("limit=")) std::from_chars(value.data(), value.data() + value.size(), rows.limit);
      if (word == "backward") rows.backward = true;
    }
    return rows;
  }
  std::vector<std::string> words;
};

std::string text_of(const Table<Item>::Stored& row) { return row.key + "=" + std::to_string(row->getQuantity()); }
std::string text_of(const std::optional<Table<Item>::Stored>& row) { return row ? text_of(*row) : "-"; }

// Plays scripts with the tables of the actor it is part of.
template <class Base>
class Player : public Base {
 protected:
  Task<std::string> play(std::string script) {
    std::string seen;
    std::optional<Table<Item>::Stored> held;
    auto items = this->template table<Item>("items");
    bool said_something = false;
    const auto say = [&](const std::string& what) { seen += (std::exchange(said_something, true) ? "; " : "") + what; };
    for (const std::string& part : split(script, "; ")) {
      const Command command(part);
      if (command.name() == "pass") {
        co_await this->template ref<Latch>(command.words.at(1)).pass();
      } else if (command.name() == "in") {
        items = this->template table<Item>(command.key());
      } else if (command.name() == "hold") {
        held = items.get(command.key());
      } else if (auto said = act(items, command)) {
        say(*said);
      }
    }
    if (held) say("held " + text_of(held));
    co_return seen;
  }

 private:
  std::optional<std::string> act(Table<Item>& items, const Command& command) {
    const std::string& name = command.name();
    if (name == "count") return std::to_string(items.count());
    if (name == "get") return text_of(items.get(command.key()));
    if (name == "has") return items.contains(command.key()) ? "1" : "0";
    if (name == "page" || name == "each") return read(items, command);
    if (name == "first") return text_of(items.first(command.range()));
    if (name == "erase") return items.erase(command.key()) ? "1" : "0";
    if (name == "erase_page") return std::to_string(items.erase_page(command.range()));
    if constexpr (requires { this->edit(); }) {
      if (name == "state") {
        this->edit().setEdits(this->state().getEdits() + 1);
        return std::to_string(this->state().getEdits());
      }
    }
    write(items, command);
    return std::nullopt;
  }

  std::string read(Table<Item>& items, const Command& command) {
    std::string seen;
    const auto add = [&](const std::string& word) { seen += (seen.empty() ? "" : " ") + word; };
    if (command.name() == "each") {
      items.for_each(command.range(), [&](const auto& row) { add(text_of(row)); });
      return seen;
    }
    const auto page = items.page(command.range());
    for (const auto& row : page) add(text_of(row));
    if (page.more()) add("+");
    return seen;
  }

  void write(Table<Item>& items, const Command& command) {
    const std::string& name = command.name();
    if (name == "put") {
      items.put(command.key(), [&](auto row) { row.setQuantity(command.number(2)); });
    } else if (name == "add") {
      items.edit(command.key(), [&](auto row) { row.setQuantity(row.getQuantity() + command.number(2)); });
    } else if (name == "fill") {
      for (auto n = command.number(1); n < command.number(2); ++n)
        items.put(numbered(n), [&](auto row) {
          row.setQuantity(n);
          if (command.words.size() > 3) row.initNote(static_cast<unsigned>(command.number(3)));
        });
    } else if (name == "big") {
      items.put(command.key(), [&](auto row) { row.initNote(static_cast<unsigned>(command.number(2))); });
    } else if (name == "deep") {
      items.put(command.key(), [&](Item::Builder row) {
        for (auto n = command.number(2); n > 1; --n) row = row.initWithin();
      });
    } else if (name == "refuse") {
      throw Refusal("told_to", "the test wants a refusal");
    } else if (name == "crash") {
      throw std::logic_error("the test wants a crash");
    } else {
      throw Error(ErrorKind::invalid, "no command: " + name);
    }
  }
};

class ShelfRole final : public Player<ShelfActor> {
  void on_activate() override {
    at_start_ = std::to_string(items_.count()) + " " + text_of(items_.first()) + " " +
                text_of(items_.first({.backward = true}));
  }
  Task<> run(RunParams::Reader in, RunResults::Builder out) override {
    const std::string script = text(in.getScript());
    if (script.starts_with("later ")) {
      after(std::chrono::nanoseconds(1), [this, script]() -> Task<> { later_ = co_await play(script.substr(6)); });
      co_return;
    }
    out.setSeen(co_await play(script));
  }
  Task<> look(LookParams::Reader in, LookResults::Builder out) override {
    out.setSeen(co_await play(text(in.getScript())));
  }
  Task<> runBeside(RunBesideParams::Reader in, RunBesideResults::Builder out) override {
    out.setSeen(co_await play(text(in.getScript())));
  }
  Task<> memory(MemoryParams::Reader, MemoryResults::Builder out) override {
    out.setAtStart(at_start_);
    out.setLater(later_);
    co_return;
  }

  Table<Item> items_ = table<Item>("items");
  std::string at_start_, later_;
};

class BareShelfRole final : public Player<BareShelfActor> {
  Task<> run(RunParams::Reader in, RunResults::Builder out) override {
    out.setSeen(co_await play(text(in.getScript())));
  }
};

}  // namespace

void host_shelves(Node& node) {
  node.host<ShelfRole>();
  node.host<BareShelfRole>();
}

std::string run(const Ref<Shelf>& shelf, const std::string& script) {
  return text(at_once(shelf.run([&](auto p) { p.setScript(script); }).get())->getSeen());
}

std::string look(const Ref<Shelf>& shelf, const std::string& script) {
  return text(at_once(shelf.look([&](auto p) { p.setScript(script); }).get())->getSeen());
}

std::future<Reply<Shelf::RunBesideResults>> run_beside(const Ref<Shelf>& shelf, const std::string& script) {
  return shelf.runBeside([&](auto p) { p.setScript(script); }).future();
}

}  // namespace troupe::contract

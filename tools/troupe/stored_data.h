// Who is asked what actors keep beside their states: running nodes over their sockets, or the files of a stopped one.
// Both answer the same paths with the same JSON.
#pragma once

#include <string>
#include <vector>

#include "db_commands.h"
#include "nodes.h"
#include "troupe/offline.h"

namespace troupe::tool {

class StoredData {
 public:
  virtual ~StoredData() = default;
  // Whether there is something under way to ask about.
  [[nodiscard]] virtual bool runs() const noexcept = 0;
  // About one actor, from whoever has it.
  [[nodiscard]] virtual Json of_actor(const std::string& path) const = 0;
  // From each node; `node` is empty for files.
  [[nodiscard]] virtual std::vector<Answer> of_all(const std::string& path) const = 0;
  // The same by the page; see Nodes::read_each().
  virtual void read_each(const std::function<void(const std::string& node, const Nodes::Get& get)>& read) const = 0;
};

class NodeStoredData final : public StoredData {
 public:
  explicit NodeStoredData(Nodes nodes) : nodes_(std::move(nodes)) {}
  [[nodiscard]] bool runs() const noexcept override { return true; }
  [[nodiscard]] Json of_actor(const std::string& path) const override { return nodes_.get_actor(path); }
  [[nodiscard]] std::vector<Answer> of_all(const std::string& path) const override { return nodes_.get_all(path); }
  void read_each(const std::function<void(const std::string& node, const Nodes::Get& get)>& read) const override {
    nodes_.read_each(read);
  }

 private:
  Nodes nodes_;
};

class FileStoredData final : public StoredData {
 public:
  explicit FileStoredData(OfflineStore store) : store_(std::move(store)) {}
  [[nodiscard]] bool runs() const noexcept override { return false; }
  [[nodiscard]] Json of_actor(const std::string& path) const override { return look(path); }
  [[nodiscard]] std::vector<Answer> of_all(const std::string& path) const override { return {{"", look(path)}}; }
  void read_each(const std::function<void(const std::string& node, const Nodes::Get& get)>& read) const override {
    read("", [this](const std::string& path) { return look(path); });
  }

 private:
  [[nodiscard]] Json look(const std::string& path) const {
    auto answer = store_.look(path);
    if (!answer.ok()) throw failure(answer.error());
    return Json::parse(*answer, nullptr, false);
  }
  OfflineStore store_;
};

[[nodiscard]] inline FileStoredData files_at(const Files& files) {
  auto store = OfflineStore::open(files.directory, files.keys);
  if (!store.ok()) throw failure(store.error());
  return FileStoredData(std::move(store).value());
}

}  // namespace troupe::tool

#include "troupe/schemas.h"

#include "host/catalogue.h"
#include "inspect/service_lines.h"
#include "reflect/schema_changes.h"
#include "store/store.h"

namespace troupe {
namespace {

const char* word_of(reflect::Allowance allowance) {
  switch (allowance) {
    case reflect::Allowance::allowed: return "allowed";
    case reflect::Allowance::noticed: return "noticed";
    case reflect::Allowance::refused: break;
  }
  return "refused";
}

}  // namespace

struct Schemas::Parts {
  reflect::SchemaSet set;
};

Schemas::Schemas(std::unique_ptr<Parts> parts) noexcept : parts_(std::move(parts)) {}
Schemas::~Schemas() = default;
Schemas::Schemas(Schemas&&) noexcept = default;
Schemas& Schemas::operator=(Schemas&&) noexcept = default;

Result<Schemas> Schemas::from_compiler(std::span<const std::byte> request) {
  auto set = reflect::from_compiler(request);
  if (!set.ok()) return set.error();
  return Schemas(std::make_unique<Parts>(Parts{std::move(*set)}));
}

Result<Schemas> Schemas::from_store(const std::filesystem::path& data_dir) {
  auto store = store::Store::open_read_only({.directory = data_dir, .catalogue_only = true});
  if (!store.ok()) return store.error();
  auto set = host::read_catalogue((*store)->schemas());
  if (!set.ok()) return set.error();
  return Schemas(std::make_unique<Parts>(Parts{std::move(*set)}));
}

Result<Schemas> Schemas::from_text(std::string_view text) {
  auto set = reflect::from_text(text);
  if (!set.ok()) return set.error();
  return Schemas(std::make_unique<Parts>(Parts{std::move(*set)}));
}

Result<std::vector<OfflineService>> Schemas::services() const {
  reflect::SchemaBook book;
  for (const auto& node : parts_->set.nodes)
    if (auto added = book.add(node.type_id, node.message); !added.ok()) return added.error();
  return inspect::service_lines(book, parts_->set.services);
}

Result<std::vector<SchemaChange>> Schemas::since(const Schemas& before) const {
  auto found = reflect::compare(before.parts_->set, parts_->set);
  if (!found.ok()) return found.error();
  std::vector<SchemaChange> out;
  for (auto& change : *found) {
    const reflect::RuleText& rule = reflect::text_of(change.rule);
    out.push_back({std::move(change.path), std::move(change.what), rule.name, word_of(rule.allowance), rule.reason,
                   std::move(change.advice)});
  }
  return out;
}

}  // namespace troupe

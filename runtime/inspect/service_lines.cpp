#include "inspect/service_lines.h"

#include <algorithm>

#include "reflect/json.h"
#include "reflect/type_id_text.h"

namespace troupe::inspect {

Result<std::vector<OfflineService>> service_lines(const reflect::SchemaBook& book,
                                                  const std::vector<reflect::ServiceSchema>& services) {
  std::vector<OfflineService> out;
  for (const auto& entry : services) {
    OfflineService service{entry.name, reflect::type_id_text(entry.type_id), {}, {}, entry.state_version, {}};
    if (entry.state_type != 0) {
      auto state = book.struct_type(entry.state_type);
      if (!state.ok()) return state.error();
      service.state_type = reflect::short_name(*state);
      service.state = reflect::describe(*state);
    }
    auto type = book.interface_type(entry.type_id);
    if (!type.ok()) return type.error();
    for (auto method : type->getMethods())
      service.methods.push_back(std::string(method.getProto().getName().cStr()) + " " +
                                reflect::describe(method.getParamType()) + " -> " +
                                reflect::describe(method.getResultType()));
    out.push_back(std::move(service));
  }
  std::sort(out.begin(), out.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
  return out;
}

}  // namespace troupe::inspect

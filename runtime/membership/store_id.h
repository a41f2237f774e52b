// Which data directory this is: a name by chance, in its file `store.id`, so that a wiped disk under an old name is
// known as another one. A backup does not have it: what is restored from one is another store, too.
#pragma once

#include <filesystem>
#include <string>

#include "base/random.h"
#include "troupe/error.h"

namespace troupe::membership {

// 32 hexadecimal digits; made, durably, where there is none. By whoever holds the store's lock. `corrupt`: the file is
// something else.
[[nodiscard]] Result<std::string> store_id(const std::filesystem::path& data_dir, Chance* chance = nullptr);

}  // namespace troupe::membership

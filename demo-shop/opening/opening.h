// What a shop that opens for the first time needs: somebody who looks after it, and goods on its shelves.
#pragma once

#include <troupe/node.h>

#include <filesystem>
#include <string>

namespace demo {

inline constexpr const char* kAdminName = "admin";

// The shop has an admin from now on. Of a shop that had nobody of that name, a password is made by chance and written
// to `file`, readable by its owner alone, before the user is made: a run that is cut off there is finished by the next
// one. True: it was made now. Outside actors; throws troupe::Error when the cluster does not answer, std::system_error
// when the file cannot be written.
bool make_admin(troupe::Node& node, const std::filesystem::path& file);

// A shop without any product gets those of goods.h, with stock and pictures. How many came: 0 where there was one. A
// run that is cut off leaves the rest to nobody. Outside actors; throws troupe::Error.
unsigned fill_shelves(troupe::Node& node);

}  // namespace demo

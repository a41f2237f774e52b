// What a later program wrote and an earlier one has no room for: kept when the earlier one writes the same struct anew.
//
// Cap'n Proto keeps such fields of a struct that is changed in place, and loses them when the struct, or one within it,
// is built anew. So the new struct is completed from the old one: fields, within structs at the same place, and in
// elements of lists that are still there, whole, wherever they stand. What cannot be told apart is an error. What is
// taken away, a struct set to null or an element left out, takes with it what it had. Pure; any thread.
#pragma once

#include <capnp/any.h>
#include <capnp/schema.h>

#include "troupe/error.h"

namespace troupe::reflect {

// True: `out` is `now` with what `old` has more than `program` knows. False: there is nothing to add, and `out` is not
// touched. `unimplemented`: a list has elements of which a later program wrote more, and the new list has others in
// their place; the message names the list. `corrupt`: one of both cannot be read. Reads both without a limit.
[[nodiscard]] Result<bool> keep_later_fields(capnp::AnyPointer::Reader old, capnp::AnyPointer::Reader now,
                                             capnp::StructSchema program, capnp::AnyPointer::Builder out);

}  // namespace troupe::reflect

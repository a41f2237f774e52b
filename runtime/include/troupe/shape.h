// Whether a message from outside is of the kind that its schema says: a struct where a struct belongs, a text that ends
// as texts do. Reading one that is not throws kj::Exception somewhere in the middle. The runtime looks at all that
// comes over links; this is for those who take Cap'n Proto bytes in by other ways.
#pragma once

#include <capnp/any.h>
#include <capnp/schema.h>

#include <memory>

#include "troupe/error.h"

namespace troupe {

// What the pointers of a struct and of all below it are to be. Made once for a struct and then used by any thread.
class Shape {
 public:
  explicit Shape(capnp::StructSchema schema);
  ~Shape();
  Shape(Shape&&) noexcept;
  Shape& operator=(Shape&&) noexcept;

  // `invalid` names the field. A null pointer fits: it reads as defaults. Only for a message within its bounds, as all
  // are whose reader was given limits; fields of type AnyPointer are not looked into.
  [[nodiscard]] Result<void> fits(capnp::AnyPointer::Reader message) const;

 private:
  struct Parts;
  std::unique_ptr<const Parts> parts_;
};

}  // namespace troupe

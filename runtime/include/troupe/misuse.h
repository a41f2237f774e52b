// What the compiler says to who writes something that looks right and is not, and the way to say that it is right.
#pragma once

namespace troupe::detail {

// False, but only when T is known: a static_assert on it speaks to whoever uses what it stands in.
template <class T>
inline constexpr bool kNever = false;

// Whether a reader of the struct T gives values only. A text, a list or a struct that it gives lies in the message.
template <class T>
inline constexpr bool kOnlyValues = T::_capnpPrivate::pointerCount == 0;

}  // namespace troupe::detail

namespace troupe {

// For what is read from a temporary and used up within the same statement: text(at_once(call.get())->getName()).
template <class T>
[[nodiscard]] const T& at_once(const T& it) noexcept {
  return it;
}

}  // namespace troupe

// From an object that is gone at the end of the statement nothing is read that would outlive it.
#define TROUPE_CHECK_READ_FROM_TEMPORARY(allowed)                                                                \
  static_assert(allowed,                                                                                         \
                "what is read here lies in an object that is gone at the end of the statement; give it a name: " \
                "auto reply = ...; then reply->getItems(). Where nothing outlives the statement: at_once(...)->...")

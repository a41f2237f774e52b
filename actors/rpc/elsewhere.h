// A promise of an event loop that another thread keeps, by the loop's mailbox. What that thread holds on to is a note
// of who waits, and nothing of kj's.
#pragma once

#include <kj/async.h>

#include <functional>
#include <memory>
#include <utility>

#include "rpc/mailbox.h"

namespace troupe::rpc {

template <class T>
struct Elsewhere {
  kj::Promise<std::shared_ptr<const T>> kept;  // dropping it drops the answer
  std::function<void(T)> keep;                 // once; any thread, which does not wait
};

// On the loop's thread.
template <class T>
[[nodiscard]] Elsewhere<T> elsewhere(std::shared_ptr<Mailbox> loop) {
  using Answer = std::shared_ptr<const T>;
  struct Waits {
    struct Note {
      Waits* who = nullptr;  // null: nobody waits any more. The loop's thread alone looks at it
    };
    Waits() : note(std::make_shared<Note>()) { note->who = this; }
    ~Waits() { note->who = nullptr; }
    Waits(const Waits&) = delete;
    Waits& operator=(const Waits&) = delete;
    const std::shared_ptr<Note> note;
    kj::Own<kj::PromiseFulfiller<Answer>> answer;
  };
  auto waits = kj::heap<Waits>();
  auto pair = kj::newPromiseAndFulfiller<Answer>();
  waits->answer = kj::mv(pair.fulfiller);
  auto keep = [loop = std::move(loop), note = waits->note](T value) {
    loop->post([note, answer = std::make_shared<const T>(std::move(value))] {
      if (note->who) note->who->answer->fulfill(Answer(answer));
    });
  };
  return {pair.promise.attach(kj::mv(waits)), std::move(keep)};
}

}  // namespace troupe::rpc

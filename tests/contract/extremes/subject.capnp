@0xb7d52e80c1f6934a;
# An actor that does in a turn whatever a test gives it to do.

using Cxx = import "/capnp/c++.capnp";
using Troupe = import "/troupe/service.capnp";

$Cxx.namespace("troupe::extremes");

struct SubjectState {
  rung @0 :List(Text);  # names of reminders, in the order they rang
}

struct Line {
  words @0 :Text;
}

interface Subject $Troupe.actor(state = "SubjectState") {
  run @0 () -> ();
  rung @1 () -> (names :List(Text)) $Troupe.readOnly;
}

# Remembers little.
interface Brief $Troupe.actor(state = "SubjectState", remember = 3) {
  add @0 () -> ();
}

# A child of a Subject.
interface Helper $Troupe.actor() {
  help @0 () -> ();
}

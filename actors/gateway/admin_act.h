// An act of administration, for an audit log: a call through a gateway, or an RPC port, that its rule allowed for a
// role of the caller's, of a method that is not readOnly. A value; there is nothing of the request's parameters in it.
#pragma once

#include <chrono>
#include <string>

#include "troupe/caller.h"

namespace troupe::gateway {

struct AdminAct {
  std::chrono::system_clock::time_point at;  // when it was asked for
  Caller who;
  std::string service;
  std::string method;
  std::string key;       // of the actor; empty: it has none
  std::string outcome;   // "ok", or the name of the ErrorKind: what "deadline" and "unknown_outcome" did is not known
  std::string code;      // a refusal's
  int status = 0;        // of the answer; 0: it was none of HTTP's
  std::string trace_id;  // 32 hexadecimal digits
  std::string address;   // that the request came from
};

}  // namespace troupe::gateway

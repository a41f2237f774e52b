#include <fmt/format.h>

#include "stage.h"
#include "support/access_matrix.h"

using namespace troupe;
using namespace troupe::bazaar;

namespace {

std::string token_of(Caller caller) {
  if (!caller.known()) return {};
  std::replace(caller.roles.begin(), caller.roles.end(), ' ', ',');
  std::replace(caller.scopes.begin(), caller.scopes.end(), ' ', ',');
  return fmt::format("Authorization: Bearer {}:{}:{}\r\n", caller.name, caller.roles, caller.scopes);
}

}  // namespace

TEST_CASE("every route of a schema is open to those its rule names, and to nobody else") {
  Stage stage;
  const auto matrix =
      testing::access_matrix({&ServiceOf<Item>::info(), &ServiceOf<Mirror>::info(), &ServiceOf<Diary>::info()});
  std::size_t let_in = 0, kept_out = 0;

  for (const auto& attempt : matrix) {
    const std::string verb = attempt.method->route->verb;
    const bool has_body = verb == "POST" || verb == "PUT" || verb == "PATCH";
    const auto answer = stage.ask(
        {.verb = verb, .target = attempt.target, .body = has_body ? "{}" : "", .headers = token_of(attempt.caller)});
    INFO(verb << " " << attempt.target << " by '" << attempt.caller.name << "' of roles '" << attempt.caller.roles
              << "' with scopes '" << attempt.caller.scopes << "': " << answer.status << " " << answer.body);
    if (attempt.may) {
      CHECK(answer.status != 401);
      CHECK(answer.status != 403);
      ++let_in;
    } else {
      CHECK(answer.status == (attempt.caller.known() ? 403 : 401));
      ++kept_out;
    }
  }

  CHECK(let_in > 50);
  CHECK(kept_out > 20);
}

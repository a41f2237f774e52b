// Log-ins of browsers: authorize, login and logout. A cookie says whose browser it is, here and nowhere else; what it
// posts has to come from a page of this origin, and to bring what only such a page could read.
#include <nlohmann/json.hpp>
#include <utility>

#include "auth/encoding.h"
#include "auth/http/desk.h"
#include "auth/http/limits.h"
#include "auth/password.h"
#include "auth/scope.h"
#include "auth/strict_json.h"
#include "auth/token_form.h"
#include "auth/words.h"

namespace troupe::auth::web {
namespace {

// A request of a browser while others are asked about it.
struct Asking {
  DeskPointer desk;
  http::Request request;
  http::Responder responder;
  TraceContext trace;
  std::string session;    // what its cookie says; empty: none
  std::string form_seed;  // of the cookie that forms of browsers without a session go by; empty: none
  FormBody form;
  bool is_json = false;

  void answer(http::Response response) { responder.answer(std::move(response)); }
};
using AskingPointer = std::shared_ptr<Asking>;

// What the token of a form is made of.
const std::string& seed_of(const Asking& asking) { return asking.session.empty() ? asking.form_seed : asking.session; }

std::string with_query(const std::string& path, const FormBody& parameters) {
  return path + (path.find('?') == path.npos ? '?' : '&') + parameters.text();
}

// Nothing: it was answered, for its cookies are none.
AskingPointer read_browser(const DeskPointer& desk, http::Request&& request, http::Responder&& responder,
                           const TraceContext& trace) {
  auto session = cookie_of(request, desk->session_cookie(request));
  auto seed = cookie_of(request, desk->form_cookie(request));
  if (!session || !seed) {
    responder.answer(problem_answer(400, "cookies", (session ? seed : session).error().message()));
    return nullptr;
  }
  return std::make_shared<Asking>(
      Asking{desk, std::move(request), std::move(responder), trace, std::move(*session), std::move(*seed), {}, false});
}

// Calls `go_on(user)`; an empty user: there is no such session. It answers for a call that fails.
template <class GoOn>
void whose_session(const AskingPointer& asking, GoOn go_on) {
  const auto session = read_refresh_token(asking->session);  // of the same form
  if (!session) return go_on(std::string());
  const TraceScope traced(asking->trace);
  asking->desk->node.ref<BrowserSessions>(std::string(session->family.substr(0, 2)))
      .resume([&](auto p) {
        p.setPlace(session->family);
        p.setHash(data_of(session->hash));
      })
      .then([asking, go_on](auto reply) {
        if (!reply.ok()) return asking->answer(problem_failure(reply.error()));
        go_on((*reply)->getGood() ? text_of((*reply)->getUser()) : std::string());
      });
}

// --- authorize ---

void ask_for_code(const AskingPointer& asking, const std::string& user) {
  const bool silent = asking->form.get("prompt") == "none";
  asking->desk->node.ref<TokenEndpoint>()
      .authorize([&](auto p) {
        fill_parameters(p, asking->form);
        p.setUser(asking->form.get("prompt") == "login" ? std::string() : user);
      })
      .then([asking, silent](auto reply) {
        if (!reply.ok()) return asking->answer(oauth_failure(reply.error()));
        if (silent || !(*reply)->getAsksForLogIn()) return asking->answer(told((*reply)->getAnswer()));
        FormBody again = asking->form;
        again.remove("prompt");  // it was heeded
        const std::string back = with_query(asking->desk->options.prefix + "/authorize", again);
        if (!is_local_path(back))
          return asking->answer(oauth_error(400, "invalid_request", "the request is too long to come back to"));
        FormBody to_page;
        to_page.set("return_to", back);
        asking->answer(see_other(with_query(asking->desk->options.log_in_page, to_page)));
      });
}

void authorize(const DeskPointer& desk, http::Request request, http::Responder&& responder,
               const gateway::Visit& visit) {
  auto form = FormBody::read(request.target.query);
  if (!form) return void(responder.answer(oauth_error(400, "invalid_request", form.error().message())));
  const std::string_view prompt = form->get("prompt");
  if (prompt.find(' ') != prompt.npos)
    return void(responder.answer(oauth_error(400, "invalid_request", "prompt is one word: none or login")));
  const auto asking = read_browser(desk, std::move(request), std::move(responder), visit.trace);
  if (!asking) return;
  asking->form = std::move(*form);
  whose_session(asking, [asking](const std::string& user) { ask_for_code(asking, user); });
}

// --- what a log-in page asks first ---

void tell_page(const DeskPointer& desk, http::Request request, http::Responder&& responder,
               const gateway::Visit& visit) {
  if (!is_from_own_page(request, desk->own_origin))
    return void(responder.answer(problem_answer(403, "cross_site", "this is for pages of this origin alone")));
  const auto asking = read_browser(desk, std::move(request), std::move(responder), visit.trace);
  if (!asking) return;
  whose_session(asking, [asking](const std::string& user) {
    const bool fresh = seed_of(*asking).empty();
    if (fresh) asking->form_seed = new_secret();
    nlohmann::json out = {{"formToken", form_token(seed_of(*asking))}};
    if (!user.empty()) out["user"] = user;
    auto response = json_answer(200, out.dump());
    if (fresh)
      response.headers.add("Set-Cookie", set_cookie({.name = asking->desk->form_cookie(asking->request),
                                                     .value = asking->form_seed,
                                                     .secure = asking->desk->is_secure(asking->request)}));
    asking->answer(std::move(response));
  });
}

// --- what pages post ---

// {"formToken": ..., "returnTo": ...} as the form has it.
Result<FormBody> form_of_json(const std::string& body) {
  const auto refuse = [](const std::string& why) { return Error(ErrorKind::invalid, "the body is none: " + why); };
  if (body.size() > kMaxFormBytes) return refuse("it is too large");
  std::string why;
  const auto given = parse_strictly(body, why);
  if (!given) return refuse(why);
  if (!given->is_object()) return refuse("it is no object");
  FormBody out;
  for (const auto& [name, value] : given->items()) {
    if (!value.is_string() || value.get_ref<const std::string&>().find('\0') != std::string::npos)
      return refuse("a member is no text");
    out.set(name == "formToken" ? "form_token" : name == "returnTo" ? "return_to" : name, value.get<std::string>());
  }
  return out;
}

// Nothing: it was answered, for it is none of a page here.
AskingPointer read_post(const DeskPointer& desk, http::Request&& request, http::Responder&& responder,
                        const gateway::Visit& visit) {
  const auto refuse = [&](int status, const char* code, const std::string& why) {
    responder.answer(problem_answer(status, code, why));
    return AskingPointer();
  };
  if (!is_from_own_page(request, desk->own_origin))
    return refuse(403, "cross_site", "this is for pages of this origin alone");
  const BodyKind kind = kind_of_body(request);
  if (kind == BodyKind::other)
    return refuse(415, "body", "the body is wanted as application/x-www-form-urlencoded or application/json");
  auto form = kind == BodyKind::json ? form_of_json(request.body) : FormBody::read(request.body);
  if (!form) return refuse(request.body.size() > kMaxFormBytes ? 413 : 400, "body", form.error().message());
  auto asking = read_browser(desk, std::move(request), std::move(responder), visit.trace);
  if (!asking) return asking;
  asking->form = std::move(*form);
  asking->is_json = kind == BodyKind::json;
  const auto refuse_asking = [&](int status, const char* code, const char* why) {
    asking->answer(problem_answer(status, code, why));
    return AskingPointer();
  };
  const std::string& seed = seed_of(*asking);
  if (seed.empty() || !equal_secrets(form_token(seed), asking->form.get("form_token")))
    return refuse_asking(403, "form_token", "form_token is not what this browser was given; load the page again");
  const std::string_view back = asking->form.get("return_to");
  if (!back.empty() && !is_local_path(back))
    return refuse_asking(400, "return_to", "return_to is no path on this host");
  return asking;
}

// Where a page goes on.
http::Response onward(const Asking& asking, const std::string& otherwise) {
  const std::string_view back = asking.form.get("return_to");
  const std::string to = back.empty() ? otherwise : std::string(back);
  return asking.is_json ? json_answer(200, nlohmann::json{{"returnTo", to}}.dump()) : see_other(to);
}

void end_session(const Desk& desk, const std::string& cookie) {
  const auto session = read_refresh_token(cookie);
  if (!session) return;
  desk.node.ref<BrowserSessions>(session->family.substr(0, 2))
      .end([&](auto p) {
        p.setPlace(session->family);
        p.setHash(data_of(session->hash));
      })
      .forget();
}

void refuse_log_in(Asking& asking, std::uint64_t retry_after_ms) {
  if (asking.is_json)
    return asking.answer(retry_after_ms > 0 ? held_back(retry_after_ms)
                                            : problem_answer(401, "wrong_password",
                                                             "there is no such user, or the password is another"));
  FormBody to_page;
  to_page.set("error", retry_after_ms > 0 ? "too_many_attempts" : "wrong_password");
  if (retry_after_ms > 0) to_page.set("retry_after", std::to_string((retry_after_ms + 999) / 1'000));
  if (const auto back = asking.form.get("return_to"); !back.empty()) to_page.set("return_to", std::string(back));
  asking.answer(see_other(with_query(asking.desk->options.log_in_page, to_page)));
}

void begin_session(const AskingPointer& asking, const std::string& user) {
  const DeskPointer desk = asking->desk;
  const SessionPlace at = session_place(desk->issuer.config().issuer, user);
  const std::string cookie = at.place + '.' + new_secret();
  const auto ms = [](std::chrono::seconds time) {
    return static_cast<std::uint64_t>(std::chrono::milliseconds(time).count());
  };
  desk->node.ref<BrowserSessions>(at.actor)
      .open([&](auto p) {
        p.setPlace(at.place);
        p.setHash(data_of(sha256(cookie)));
        p.setUser(user);
        p.setLifeMs(ms(desk->options.session_life));
        p.setIdleMs(ms(desk->options.session_idle));
      })
      .then([asking, desk, cookie](auto reply) {
        if (!reply.ok()) return asking->answer(problem_failure(reply.error()));
        const bool secure = desk->is_secure(asking->request);
        // Another one of this browser's is over.
        end_session(*desk, asking->session);
        auto response = onward(*asking, desk->options.after_log_in);
        response.headers.add("Set-Cookie", set_cookie({.name = desk->session_cookie(asking->request),
                                                       .value = cookie,
                                                       .secure = secure,
                                                       .life = desk->options.session_life}));
        if (!asking->form_seed.empty())
          response.headers.add("Set-Cookie", set_cookie({.name = desk->form_cookie(asking->request),
                                                         .value = "",
                                                         .secure = secure,
                                                         .life = std::chrono::seconds(-1)}));
        asking->answer(std::move(response));
      });
}

void log_in(const DeskPointer& desk, http::Request request, http::Responder&& responder, const gateway::Visit& visit) {
  const auto asking = read_post(desk, std::move(request), std::move(responder), visit);
  if (!asking) return;
  const std::string user(asking->form.get("username")), password(asking->form.get("password"));
  if (user.empty() || password.empty()) return refuse_log_in(*asking, 0);
  const TraceScope traced(asking->trace);
  desk->node.ref<TokenEndpoint>()
      .logIn([&](auto p) {
        p.setUser(user);
        p.setPassword(password);
        p.setClientAddress(desk->address(asking->request));
      })
      .then([asking, user](auto reply) {
        if (!reply.ok()) return asking->answer(problem_failure(reply.error()));
        if (!(*reply)->getKnown()) return refuse_log_in(*asking, (*reply)->getRetryAfterMs());
        begin_session(asking, user);
      });
}

void log_out(const DeskPointer& desk, http::Request request, http::Responder&& responder, const gateway::Visit& visit) {
  const auto asking = read_post(desk, std::move(request), std::move(responder), visit);
  if (!asking) return;
  const auto go = [asking] {
    auto response = onward(*asking, asking->desk->options.after_log_out);
    response.headers.add("Set-Cookie", set_cookie({.name = asking->desk->session_cookie(asking->request),
                                                   .value = "",
                                                   .secure = asking->desk->is_secure(asking->request),
                                                   .life = std::chrono::seconds(-1)}));
    asking->answer(std::move(response));
  };
  const auto session = read_refresh_token(asking->session);
  if (!session) return go();
  const TraceScope traced(asking->trace);
  desk->node.ref<BrowserSessions>(session->family.substr(0, 2))
      .end([&](auto p) {
        p.setPlace(session->family);
        p.setHash(data_of(session->hash));
      })
      .then([asking, go](auto reply) {
        if (!reply.ok()) return asking->answer(problem_failure(reply.error()));
        go();
      });
}

}  // namespace

void serve_browsers(const DeskPointer& desk, gateway::Gateway& gateway) {
  if (desk->options.log_in_page.empty()) return;
  const std::string& prefix = desk->options.prefix;
  const auto page = [desk](auto handler) {
    return [desk, handler](http::Request request, http::Responder&& responder, const gateway::Visit& visit) {
      handler(desk, std::move(request), std::move(responder), visit);
    };
  };
  gateway.serve("GET", prefix + "/authorize", page(authorize), gateway::Identity::unasked);
  gateway.serve("GET", prefix + "/login", page(tell_page), gateway::Identity::unasked);
  gateway.serve("POST", prefix + "/login", page(log_in), gateway::Identity::unasked);
  gateway.serve("POST", prefix + "/logout", page(log_out), gateway::Identity::unasked);
}

}  // namespace troupe::auth::web

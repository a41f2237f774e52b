#include "dashboard/asking.h"

#include <algorithm>
#include <chrono>
#include <future>
#include <nlohmann/json.hpp>
#include <optional>

namespace troupe::dashboard {
namespace {

using AnswerJson = nlohmann::ordered_json;
constexpr int kNoAnswer = 0;  // as a status
constexpr int kFirstError = 400;

std::string written(const AnswerJson& json) { return json.dump(-1, ' ', false, AnswerJson::error_handler_t::replace); }

AnswerJson error_json(const Error& error) {
  return {{"kind", to_string(error.kind())},
          {"code", error.code()},
          {"message", error.message()},
          {"mayHaveRun", error.may_have_run()}};
}

Result<AdminReply> ask(const ShownNode& node, std::string_view method, const std::string& path, Milliseconds patience) {
  try {
    return node.ask(method, path, patience);
  } catch (const Error& error) {
    return error;
  } catch (const std::exception& e) {
    return Error(ErrorKind::failed, "cannot ask " + node.name + " for " + path + ": " + e.what());
  }
}

struct Question {
  const ShownNode& node;
  const std::string& path;
};

// The body goes as it came, without being taken apart, when it is JSON.
std::string answer_of(const Question& question, Result<AdminReply>& reply, std::int64_t at_ms, std::int64_t took_ms) {
  AnswerJson head = {{"node", question.node.name}, {"path", question.path}, {"atMs", at_ms}, {"tookMs", took_ms}};
  if (!reply.ok()) {
    head["status"] = kNoAnswer;
    head["error"] = error_json(reply.error());
    return written(head);
  }
  head["status"] = reply->status;
  std::string_view body = reply->json;
  while (body.ends_with('\n')) body.remove_suffix(1);
  if (!AnswerJson::accept(body)) {
    head["error"] = error_json(Error(ErrorKind::corrupt, "the answer of " + question.node.name + " is no JSON"));
    return written(head);
  }
  if (reply->status >= kFirstError) {
    const AnswerJson parsed = AnswerJson::parse(body);
    head["error"] = parsed.is_object() ? parsed.value("error", AnswerJson::object()) : AnswerJson::object();
    return written(head);
  }
  std::string text = written(head);
  text.pop_back();
  text += ",\"body\":";
  text += body;
  return text += '}';
}

// `silent`: why it gave no answer before; then it is not asked again. Nothing there yet: it is, and told why not.
std::string asked_of(const Question& question, std::string_view method, Milliseconds patience,
                     std::optional<Error>& silent) {
  const auto wall =
      std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch());
  const auto begin = std::chrono::steady_clock::now();
  Result<AdminReply> reply = silent ? Result<AdminReply>(*silent) : ask(question.node, method, question.path, patience);
  const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - begin);
  if (!reply.ok()) silent = reply.error();
  return answer_of(question, reply, wall.count(), took.count());
}

}  // namespace

bool answers(const ShownNode& node, std::string_view path) {
  if (node.only.empty()) return true;
  return std::find(node.only.begin(), node.only.end(), path.substr(0, path.find('?'))) != node.only.end();
}

std::string asked(const ShownNode& node, std::string_view method, const std::string& path,
                  Milliseconds patience) noexcept {
  try {
    std::optional<Error> silent;
    return asked_of({node, path}, method, patience, silent);
  } catch (const std::exception&) {
    return {};
  }
}

void ask_all(const std::vector<ShownNode>& nodes, const std::vector<std::string>& paths, Milliseconds patience,
             const std::function<void(const std::string& path, const std::string& answer)>& take) {
  const auto ask_one = [&](const ShownNode& node) {
    std::optional<Error> silent;
    for (const auto& path : paths)
      if (answers(node, path)) take(path, asked_of({node, path}, "GET", patience, silent));
  };
  std::vector<std::future<void>> under_way;
  for (const auto& node : nodes) under_way.push_back(std::async(std::launch::async, ask_one, std::cref(node)));
  for (auto& one : under_way) one.get();
}

}  // namespace troupe::dashboard

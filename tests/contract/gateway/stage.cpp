#include "stage.h"

#include <algorithm>
#include <stdexcept>

namespace troupe::bazaar {
namespace {

class ItemRole final : public ItemActor {
  Task<> view(ViewParams::Reader, ViewResults::Builder out) override {
    if (state().getName().size() == 0) throw Error(ErrorKind::not_found, "there is no item " + std::string(key()));
    out.setName(state().getName());
    out.setCents(state().getCents());
    out.setEdits(state().getEdits());
    co_return;
  }
  Task<> put(PutParams::Reader in, PutResults::Builder) override {
    edit().setName(in.getName());
    edit().setCents(in.getCents());
    edit().setEdits(state().getEdits() + 1);
    co_return;
  }
  Task<> raise(RaiseParams::Reader in, RaiseResults::Builder out) override {
    edit().setCents(state().getCents() + in.getBy());
    out.setCents(state().getCents());
    co_return;
  }
  Task<> remove(RemoveParams::Reader in, RemoveResults::Builder) override {
    if (in.getReason() == "keep") throw Refusal("kept", "it is to be kept");
    edit().setName("");
    co_return;
  }
  Task<> make(MakeParams::Reader in, MakeResults::Builder out) override {
    edit().setName(in.getName());
    edit().setEdits(state().getEdits() + 1);
    out.setCode(std::string(key()));
    co_return;
  }
  Task<> refuse(RefuseParams::Reader in, RefuseResults::Builder) override {
    throw Refusal(in.getBecause(), "said \"no\"");
    co_return;
  }
  Task<> crash(CrashParams::Reader, CrashResults::Builder) override {
    throw std::runtime_error("a bug");
    co_return;
  }
  Task<> secret(SecretParams::Reader, SecretResults::Builder) override { co_return; }
};

class MirrorRole final : public MirrorActor {
  Task<> show(ShowParams::Reader in, ShowResults::Builder out) override {
    out.setAll(in.getAll());
    co_return;
  }
  Task<> whole(WholeParams::Reader in, WholeResults::Builder out) override {
    out.setMaker(in.getMaker());
    out.setTimes(in.getTimes());
    out.setTo(in.getTo());
    co_return;
  }
  Task<> search(SearchParams::Reader in, SearchResults::Builder out) override {
    out.setText(in.getText());
    out.setLimit(in.getLimit());
    out.setColour(in.getColour());
    out.setExact(in.getExact());
    out.setMark(in.getMark());
    co_return;
  }
  Task<> special(SpecialParams::Reader, SpecialResults::Builder out) override {
    out.setSaid("the literal");
    co_return;
  }
  Task<> any(AnyParams::Reader in, AnyResults::Builder out) override {
    out.setSaid(in.getWord());
    co_return;
  }
  Task<> me(MeParams::Reader, MeResults::Builder out) override {
    const auto* asks = caller();
    out.setName(asks ? asks->name : "nobody");
    co_return;
  }
  Task<> old(OldParams::Reader, OldResults::Builder) override { co_return; }
};

class DiaryRole final : public DiaryActor {
  Task<> write(WriteParams::Reader in, WriteResults::Builder out) override {
    const auto before = state().getLines();
    std::vector<std::string> lines;
    for (auto line : before) lines.emplace_back(line);
    lines.emplace_back(in.getLine());
    auto now = edit().initLines(static_cast<unsigned>(lines.size()));
    for (unsigned i = 0; i < lines.size(); ++i) now.set(i, lines[i]);
    out.setLines(now.size());
    co_return;
  }
  Task<> read(ReadParams::Reader, ReadResults::Builder out) override {
    out.setLines(state().getLines());
    co_return;
  }
  Task<> burn(BurnParams::Reader, BurnResults::Builder) override {
    edit().initLines(0);
    co_return;
  }
  Task<> amend(AmendParams::Reader in, AmendResults::Builder) override {
    if (in.getLine() == "full") throw Refusal("full", "there is no room");
    edit().initLines(1).set(0, in.getLine());
    co_return;
  }
  Task<> count(CountParams::Reader, CountResults::Builder out) override {
    out.setLines(state().getLines().size());
    co_return;
  }
};

}  // namespace

void host_bazaar(Node& node) {
  node.host<ItemRole>();
  node.host<MirrorRole>();
  node.host<DiaryRole>();
}

Result<Caller> believe(const http::Request& request) {
  const auto token = request.headers.find("Authorization");
  if (!token) return Caller();
  if (!token->starts_with("Bearer ")) return Error(ErrorKind::unauthenticated, "the token is none");
  std::string rest(token->substr(7));
  Caller out;
  out.name = rest.substr(0, rest.find(':'));
  rest.erase(0, out.name.size() + 1);
  out.roles = rest.substr(0, rest.find(':'));
  out.scopes = rest.size() > out.roles.size() ? rest.substr(out.roles.size() + 1) : std::string();
  std::replace(out.roles.begin(), out.roles.end(), ',', ' ');
  std::replace(out.scopes.begin(), out.scopes.end(), ',', ' ');
  return out;
}

Stage::Stage(gateway::GatewayOptions options, const Offered& besides)
    : node_(std::make_unique<Node>(
          NodeConfig{.name = "n", .data_dir = directory_ / "data", .threads = 2, .admin = false})) {
  host_bazaar(*node_);
  gateway::host(*node_);
  if (besides.host) besides.host(*node_);
  node_->start();
  if (!options.authenticate && !options.authenticate_patiently) options.authenticate = believe;
  gateway_ = std::make_unique<gateway::Gateway>(*node_, std::move(options));
  gateway_->offer<Item>().offer<Mirror>().offer<Diary>();
  if (besides.offer) besides.offer(*gateway_);
  gateway_->start();
  client_ = std::make_unique<http::RawClient>(gateway_->port());
}

Stage::~Stage() {
  client_.reset();
  gateway_.reset();
}

http::Answer Stage::ask(const Sent& sent) {
  std::string text = sent.verb + " " + sent.target + " HTTP/1.1\r\nHost: bazaar\r\n" + sent.headers;
  if (!sent.body.empty()) {
    text += "Content-Length: " + std::to_string(sent.body.size()) + "\r\n";
    if (!sent.type.empty()) text += "Content-Type: " + sent.type + "\r\n";
  }
  client_->send(text + "\r\n" + sent.body);
  auto answer = client_->try_answer(sent.verb == "HEAD");
  REQUIRE(answer.has_value());
  if (const auto connection = answer->headers.find("Connection"); connection == "close")
    client_ = std::make_unique<http::RawClient>(gateway_->port());
  return std::move(*answer);
}

nlohmann::json Stage::json(const Sent& sent, int status) {
  const auto answer = ask(sent);
  INFO(sent.verb << " " << sent.target << " " << sent.body << " -> " << answer.head << answer.body);
  CHECK(answer.status == status);
  return answer.body.empty() ? nlohmann::json() : nlohmann::json::parse(answer.body);
}

std::string Stage::problem(const Sent& sent, int status) {
  const auto answer = ask(sent);
  INFO(sent.verb << " " << sent.target << " " << sent.body << " -> " << answer.head << answer.body);
  CHECK(answer.status == status);
  REQUIRE(answer.headers.find("Content-Type") == "application/problem+json");
  const auto told = nlohmann::json::parse(answer.body);
  CHECK(told["status"] == status);
  CHECK(told["traceId"].get<std::string>().size() == 32);
  return told["detail"];
}

}  // namespace troupe::bazaar

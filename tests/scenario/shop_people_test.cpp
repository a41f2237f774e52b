// Users: what they say of themselves, what becomes of it when they go, and who looks after them.
#include <doctest/doctest.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <troupe/caller.h>
#include <troupe/testing.h>

#include <fstream>

#include "audit/books.h"
#include "cart.capnp.troupe.h"
#include "lists.h"
#include "opening/opening.h"
#include "orders.capnp.troupe.h"
#include "payments.capnp.troupe.h"
#include "reception.capnp.troupe.h"
#include "scenario/opening.h"
#include "scenario/refused.h"
#include "scenario/shop_cluster.h"
#include "story/shopper.h"
#include "support/scratch_directory.h"
#include "users.capnp.troupe.h"

namespace {

using demo::Clerk;
using demo::Patience;
using demo::Shopper;
using demo::testing::refused;
using shop::OrderStatus;
using namespace std::chrono_literals;
using Names = std::vector<std::string>;

// A single node with Anna in it, who has money and a cart.
struct Town {
  Town() {
    demo::testing::open(node, {.teas = 100, .cents = 10'000});
    anna.put("tea", 3);
  }
  demo::testing::ShopCluster cluster{1};
  troupe::Node& node = cluster.client();
  Patience patience;
  Shopper anna{node, "anna", patience};
  troupe::Ref<shop::User> user = node.ref<shop::User>("anna");

  std::string sign_up(const std::string& name, const std::string& password = "correct horse") {
    return refused([&] {
      auto done = node.ref<shop::Reception>()
                      .signUp([&](auto p) {
                        p.setName(name);
                        p.setPassword(password);
                        p.setFullName("Somebody");
                      })
                      .get(20s);
      CHECK(demo::to_string(done->getName()) == name);
    });
  }
  Names found(const std::string& text, const std::string& after = "", std::uint32_t limit = 0) {
    auto page = node.ref<shop::UserDirectory>("main")
                    .search([&](auto p) {
                      p.setText(text);
                      p.setAfter(after);
                      p.setLimit(limit);
                    })
                    .get(5s);
    Names names;
    for (auto row : page->getUsers()) names.push_back(demo::to_string(row.getName()));
    return names;
  }
  OrderStatus order(const std::string& id) {
    const troupe::CallerScope scope({.name = "anna"});
    auto done = node.ref<shop::Order>(id).checkOut([](auto p) { p.setAddress("1 Elm Street"); }).get(20s);
    return done->getStatus();
  }
};

TEST_CASE("a user name is lower-case letters, digits and a few signs, and whoever signs up again knows the password") {
  Town town;

  for (const char* name : {"", "b", "Ben", "ben!", "-ben", "ben-", "b n", "bén", "."}) {
    CAPTURE(name);
    CHECK(town.sign_up(name) == "bad_name");
  }
  CHECK(town.sign_up(std::string(41, 'b')) == "bad_name");
  CHECK(town.sign_up(std::string(10'000, 'b')) == "bad_name");
  CHECK(town.sign_up(std::string(40, 'b')) == "not refused");
  CHECK(town.sign_up("b.e-n_2") == "not refused");
  CHECK(town.sign_up("b.e-n_2") == "not refused");
  CHECK(town.sign_up("b.e-n_2", "battery staple") == "name_taken");
  CHECK(town.sign_up("cleo", "short") == "weak_password");
  CHECK(town.sign_up("cleo", std::string(257, 'x')) == "weak_password");
}

TEST_CASE("a profile keeps what is left out, and refuses what is too long") {
  Town town;
  (void)town.user
      .update([](auto p) {
        p.setAddress("1 Elm Street");
        p.setLanguage("zh");
      })
      .get(5s);

  auto profile = town.user.profile().get(5s);

  CHECK(demo::to_string(profile->getFullName()) == "Anna");
  CHECK(demo::to_string(profile->getAddress()) == "1 Elm Street");
  CHECK(demo::to_string(profile->getLanguage()) == "zh");
  CHECK(profile->getCreatedMs() > 0);
  const auto update = [&](auto fill) { return refused([&] { (void)town.user.update(fill).get(5s); }); };
  CHECK(update([](auto p) { p.setLanguage("fr"); }) == "bad_profile");
  CHECK(update([](auto p) { p.setFullName(std::string(201, 'x')); }) == "bad_profile");
  CHECK(update([](auto p) { p.setAddress(std::string(501, 'x')); }) == "bad_profile");
  CHECK(refused([&] { (void)town.node.ref<shop::User>("nobody").profile().get(5s); }) == "no_such_user");

  // The profile's address is where orders go that name no other.
  const troupe::CallerScope scope({.name = "anna"});
  (void)town.node.ref<shop::Order>("o-1").checkOut([](auto) {}).get(20s);
  CHECK(demo::to_string(at_once(town.node.ref<shop::Order>("o-1").view().get(5s))->getAddress()) == "1 Elm Street");
}

TEST_CASE("a changed password is the one that logs in, and ends log-ins from before") {
  Town town;
  const auto change = [&](const char* old, const char* wanted) {
    return refused([&] {
      (void)town.user
          .changePassword([&](auto p) {
            p.setOldPassword(old);
            p.setNewPassword(wanted);
          })
          .get(20s);
    });
  };

  const auto before = town.anna.log_in("correct horse");

  CHECK(change("wrong horse", "battery staple") == "bad_credentials");
  CHECK(change("correct horse", "short") == "weak_password");
  CHECK(change("correct horse", "battery staple") == "not refused");

  CHECK(refused([&] { (void)town.anna.log_in("correct horse"); }) == "bad_credentials");
  CHECK(refused([&] { (void)town.anna.refresh(before.refresh); }) == "invalid_grant");
  const auto after = town.anna.log_in("battery staple");
  CHECK_FALSE(town.anna.refresh(after.refresh).access.empty());
}

TEST_CASE("who is erased cannot come back, leaves no address and no cart, and the books still agree") {
  Town town;
  CHECK(town.order("o-1") == OrderStatus::CONFIRMED);
  town.anna.put("tea", 1);
  CHECK(town.order("o-2") == OrderStatus::CONFIRMED);
  Clerk(town.node, town.patience).ship("o-1");
  town.anna.put("tea", 5);
  const auto tokens = town.anna.log_in("correct horse");

  (void)town.user.eraseMe().get(20s);
  (void)town.user.eraseMe().get(20s);

  CHECK(refused([&] { (void)town.user.profile().get(5s); }) == "no_such_user");
  CHECK(refused([&] { (void)town.anna.log_in("correct horse"); }) == "bad_credentials");
  CHECK(refused([&] { (void)town.anna.refresh(tokens.refresh); }) == "invalid_grant");
  CHECK(town.sign_up("anna") == "name_taken");
  const auto address = [&](const char* order) {
    return demo::to_string(at_once(town.node.ref<shop::Order>(order).view().get(5s))->getAddress());
  };
  CHECK(town.cluster.eventually([&] { return address("o-1").empty(); }));
  CHECK(address("o-2") == "1 Elm Street");  // it is still to be sent there

  Clerk(town.node, town.patience).ship("o-2");
  CHECK(address("o-2").empty());
  const auto books = demo::collect(town.node);
  CHECK(demo::mismatches(books).empty());
  REQUIRE(books.accounts.size() == 1);
  CHECK(books.accounts[0].balance_cents == 0);
  CHECK(books.accounts[0].paid_out_cents == 8'000);
}

TEST_CASE("what comes back after somebody was erased is paid out, and they order no more") {
  Town town;
  CHECK(town.order("o-1") == OrderStatus::CONFIRMED);
  (void)town.user.eraseMe().get(20s);
  const auto paid_out = [&] { return at_once(town.node.ref<shop::Account>("anna").view().get(5s))->getPaidOutCents(); };
  CHECK(town.cluster.eventually([&] { return paid_out() == 8'500; }));

  town.anna.cancel("o-1");
  town.anna.settle("o-1");

  CHECK(paid_out() == 10'000);
  CHECK(refused([&] { (void)town.anna.deposit("late", 100); }) == "account_closed");
  town.anna.put("tea", 1);  // by a token that has not expired yet
  CHECK(refused([&] { (void)town.order("o-2"); }) == "erased");
}

TEST_CASE("an admin gives and takes roles, but not their own, and is not erased while they are one") {
  Town town;
  const auto set = [&](const std::string& by, Names roles) {
    return refused([&] {
      const troupe::CallerScope scope({.name = by, .roles = "admin"});
      (void)town.user.setRoles([&](auto p) { demo::fill(p.initRoles(static_cast<unsigned>(roles.size())), roles); })
          .get(5s);
    });
  };

  CHECK(set("admin", {"king"}) == "no_such_role");
  CHECK(set("anna", {"admin"}) == "own_roles");
  CHECK(set("admin", {"admin", "admin"}) == "not refused");
  CHECK(at_once(town.user.profile().get(5s))->getRoles().size() == 1);
  CHECK(refused([&] { (void)town.user.eraseMe().get(5s); }) == "is_admin");
  CHECK(set("admin", {}) == "not refused");
  CHECK(refused([&] { (void)town.user.eraseMe().get(5s); }) == "not refused");
  const auto nobody = [&] {
    (void)town.node.ref<shop::User>("nobody").setRoles([](auto p) { p.initRoles(0); }).get(5s);
  };
  CHECK(refused(nobody) == "no_such_user");
}

TEST_CASE("the directory finds users by name and full name, page by page") {
  Town town;
  for (const char* name : {"ben", "cleo", "dora"}) CHECK(town.sign_up(name) == "not refused");

  CHECK(town.found("") == Names{"anna", "ben", "cleo", "dora"});
  CHECK(town.found("SOMEBODY") == Names{"ben", "cleo", "dora"});
  CHECK(town.found("", "ben") == Names{"cleo", "dora"});
  CHECK(town.found("", "", 2) == Names{"anna", "ben"});
  CHECK(town.found("nobody") == Names{});
}

TEST_CASE("the first opening makes an admin with a password in a file that nobody else reads, and fills the shelves") {
  Town town;
  const troupe::testing::ScratchDirectory dir;
  const auto file = dir / "admin.password";

  CHECK(demo::make_admin(town.node, file));
  CHECK_FALSE(demo::make_admin(town.node, file));

  struct stat facts {};
  REQUIRE(::stat(file.c_str(), &facts) == 0);
  CHECK((facts.st_mode & 0777) == 0600);
  std::string password;
  std::getline(std::ifstream(file), password);
  Shopper admin(town.node, demo::kAdminName, town.patience);
  CHECK(admin.is_known_by(admin.log_in(password).access));
  CHECK(demo::fill_shelves(town.node) == 0);  // there is tea

  demo::testing::ShopCluster fresh(1);
  CHECK(demo::fill_shelves(fresh.client()) >= 24);
  CHECK(demo::fill_shelves(fresh.client()) == 0);
  CHECK(Clerk(fresh.client(), town.patience).search("茶").size() >= 4);
  CHECK(demo::mismatches(demo::collect(fresh.client())).empty());
}

TEST_CASE("somebody who called themselves admin before there was one does not become it") {
  Town town;
  const troupe::testing::ScratchDirectory dir;
  CHECK(town.sign_up("admin") == "not refused");

  CHECK(refused([&] { (void)demo::make_admin(town.node, dir / "admin.password"); }) == "refused");
  CHECK_FALSE(std::filesystem::exists(dir / "admin.password"));
}

// The directory as it was before it had rows.
class ListedNames final : public shop::UserDirectoryActor {
  troupe::Task<> add(AddParams::Reader in, AddResults::Builder) override {
    auto names = demo::to_strings(state().getNames());
    names.push_back(demo::to_string(in.getName()));
    demo::fill(edit().initNames(static_cast<unsigned>(names.size())), names);
    co_return;
  }
  troupe::Task<> list(ListParams::Reader, ListResults::Builder) override { co_return; }
  troupe::Task<> put(PutParams::Reader, PutResults::Builder) override { co_return; }
  troupe::Task<> search(SearchParams::Reader, SearchResults::Builder) override { co_return; }
};

TEST_CASE("names of a build whose directory kept no rows are there, and stay") {
  bool before = true;
  const auto host = [&](troupe::Node& node) {
    if (before)
      node.host<ListedNames>();
    else
      demo::testing::host_all(node);
  };
  troupe::testing::TestNode bed{{.host = host, .time = troupe::testing::Time::runs}};
  bed.start();
  for (const char* name : {"anna", "ben"})
    (void)bed.node().ref<shop::UserDirectory>("main").add([&](auto p) { p.setName(name); }).get(5s);
  bed.crash();
  before = false;
  bed.start();

  const auto names = [&] {
    auto page = bed.node().ref<shop::UserDirectory>("main").list([](auto) {}).get(20s);
    return demo::to_strings(page->getNames());
  };
  CHECK(names() == Names{"anna", "ben"});
  bed.crash();
  bed.start();
  CHECK(names() == Names{"anna", "ben"});
}

}  // namespace

#include "opening/opening.h"

#include <auth/password.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>
#include <system_error>

#include "catalogue.capnp.troupe.h"
#include "insist.h"
#include "lists.h"
#include "opening/goods.h"
#include "reception.capnp.troupe.h"
#include "stock.capnp.troupe.h"
#include "users.capnp.troupe.h"
#include "who.h"

namespace demo {

namespace {

namespace fs = std::filesystem;

[[noreturn]] void fail(const std::string& what, const fs::path& file) {
  throw std::system_error(errno, std::generic_category(), "cannot " + what + " " + file.string());
}

// What is in the file, or a new password that is in it from now on.
std::string kept_password(const fs::path& file) {
  std::string password;
  if (std::ifstream in(file); in && std::getline(in, password) && !password.empty()) return password;
  password = troupe::auth::new_secret();
  const auto fresh = fs::path(file.string() + ".new");
  const int fd = ::open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (fd < 0) fail("write", fresh);
  const auto text = password + "\n";
  const bool written = ::fchmod(fd, 0600) == 0 &&
                       ::write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size()) && ::fsync(fd) == 0;
  if (!written) {
    const int why = errno;
    ::close(fd);
    errno = why;
    fail("write", fresh);
  }
  ::close(fd);
  if (::rename(fresh.c_str(), file.c_str()) != 0) fail("write", file);
  return password;
}

void put_on_shelf(troupe::Node& node, const ShelfGoods& goods) {
  const std::string sku(goods.sku);
  const auto product = node.ref<shop::Product>(sku);
  insist([&] {
    return node.ref<shop::Reception>().offer([&](auto p) {
      p.setSku(sku);
      p.setName(std::string(goods.name));
      p.setNameZh(std::string(goods.name_zh));
      p.setDescription(std::string(goods.description));
      p.setDescriptionZh(std::string(goods.description_zh));
      p.setCategory(std::string(goods.category));
      p.setCategoryZh(std::string(goods.category_zh));
      p.setPriceCents(goods.price_cents);
    });
  });
  insist([&] {
    return node.ref<shop::Stock>(sku).restock([&](auto p) {
      p.setDelivery("opening");
      p.setQuantity(goods.quantity);
    });
  });
  const auto picture = draw_goods(goods.motif, goods.colour);
  insist([&] {
    return product.putPicture([&](auto p) {
      p.setNumber(1);
      p.setType("image/png");
      p.setBytes({reinterpret_cast<const capnp::byte*>(picture.data()), picture.size()});
    });
  });
}

}  // namespace

bool make_admin(troupe::Node& node, const fs::path& file) {
  const auto admin = node.ref<shop::User>(kAdminName);
  const auto standing = insist([&] { return admin.standing(); });
  if (holds(to_strings(standing->getRoles()), std::string(kAdmin))) return false;
  // Somebody signed up under that name before there was an admin: theirs it is not.
  std::error_code unknown;
  if (standing->getPassword().size() > 0 && !fs::exists(file, unknown))
    throw troupe::Error(troupe::ErrorKind::refused, fmt::format("the user '{}' is there and is no admin; erase it, or "
                                                                "give the role by another admin",
                                                                kAdminName));
  const auto password = kept_password(file);
  insist([&] {
    return admin.signUp([&](auto p) {
      p.setPassword(password);
      p.setFullName("Admin");
    });
  });
  insist([&] { return admin.setRoles([](auto p) { p.initRoles(1).set(0, std::string(kAdmin)); }); });
  return true;
}

unsigned fill_shelves(troupe::Node& node) {
  const auto there = insist([&] {
    return node.ref<shop::Catalogue>("main").search([](auto p) {
      p.setLimit(1);
      p.setDiscontinuedToo(true);
    });
  });
  if (there->getTotal() > 0) return 0;
  for (const auto& goods : shelf_goods()) put_on_shelf(node, goods);
  return static_cast<unsigned>(shelf_goods().size());
}

}  // namespace demo

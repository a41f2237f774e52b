// One thing the shop sells. The key is its SKU.
#pragma once

#include <troupe/table.h>

#include <cstdint>
#include <string>
#include <vector>

#include "catalogue.capnp.troupe.h"

namespace demo {

class Product final : public shop::ProductActor {
 private:
  troupe::Task<> create(CreateParams::Reader in, CreateResults::Builder out) override;
  troupe::Task<> update(UpdateParams::Reader in, UpdateResults::Builder out) override;
  troupe::Task<> discontinue(DiscontinueParams::Reader in, DiscontinueResults::Builder out) override;
  troupe::Task<> view(ViewParams::Reader in, ViewResults::Builder out) override;
  troupe::Task<> show(ShowParams::Reader in, ShowResults::Builder out) override;
  troupe::Task<> resume(ResumeParams::Reader in, ResumeResults::Builder out) override;
  troupe::Task<> putPicture(PutPictureParams::Reader in, PutPictureResults::Builder out) override;
  troupe::Task<> picture(PictureParams::Reader in, PictureResults::Builder out) override;
  troupe::Task<> removePicture(RemovePictureParams::Reader in, RemovePictureResults::Builder out) override;

  // Tells the catalogue what this turn is about to commit. A crash between the two commits leaves the catalogue
  // ahead until whoever called asks again: both writes replace, so asking again is all the repair there is.
  troupe::Task<> tell_catalogue();
  void require_known() const;
  void keep(std::vector<std::uint8_t> numbers);
  [[nodiscard]] static std::string row_of(std::uint8_t number) { return {static_cast<char>(number)}; }
  [[nodiscard]] troupe::Table<shop::Picture> pictures() { return table<shop::Picture>("pictures"); }
};

}  // namespace demo

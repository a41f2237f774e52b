#include "store/lmdb/tree_check.h"

#include <algorithm>
#include <cstring>
#include <string_view>
#include <vector>

#include "store/format/keys.h"

namespace troupe::store {
namespace {

using namespace layout;

// Thrown within this file, out of the depth of a walk.
struct Fault {
  std::string text;
};

std::string page_text(std::uint64_t number) { return "page " + std::to_string(number); }

// Half-open; an empty `past` has no end. The keys of free's tree are numbers, which order differently.
struct Bounds {
  std::string first;
  std::string past;
};

class Walk {
 public:
  Walk(const Reader& file, const Trees& trees) : file_(file), trees_(trees), used_(trees.last_page + 1) {
    used_[0] = used_[1] = true;
  }

  void run() {
    tree(trees_.free, Kind::free);
    tree(trees_.main, Kind::main);
    if (!stopped_)
      for (const std::uint64_t page : free_pages_)
        if (used_[page]) throw Fault{page_text(page) + " is in use and free"};
  }

 private:
  enum class Kind { free, main, named };
  struct Counts {
    std::uint64_t branch = 0, leaf = 0, overflow = 0, entries = 0;
  };

  void tree(const Database& database, Kind kind) {
    if (database.root == kEmpty) {
      if (database.depth != 0 || database.entries != 0) throw Fault{"an empty tree has entries"};
      return;
    }
    if (database.depth == 0 || database.depth > kDeepest) throw Fault{"a tree's depth is damaged"};
    if (kind != Kind::free && database.flags != 0) throw Fault{"a tree's flags are damaged"};
    Counts counts;
    page(database.root, database.depth, kind, {}, counts);
    if (stopped_) return;
    if (counts.branch != database.branch_pages || counts.leaf != database.leaf_pages ||
        counts.overflow != database.overflow_pages || counts.entries != database.entries)
      throw Fault{"a tree has " + std::to_string(counts.entries) + " entries, not " + std::to_string(database.entries) +
                  ", or other pages than it says"};
  }

  void use(std::uint64_t number) {
    if (number < 2 || number > trees_.last_page) throw Fault{page_text(number) + " lies outside it"};
    if (used_[number]) throw Fault{page_text(number) + " is used twice"};
    used_[number] = true;
  }

  // `levels`: 1 for a leaf.
  void page(std::uint64_t number, unsigned levels, Kind kind, const Bounds& bounds, Counts& counts) {
    use(number);
    if (stopped_ || seen_ == trees_.most_pages) {
      stopped_ = true;
      return;
    }
    ++seen_;
    std::vector<char> bytes(trees_.page_bytes);
    if (!file_.read(number * trees_.page_bytes, bytes.data(), bytes.size()))
      throw Fault{page_text(number) + " cannot be read"};
    PageHeader header;
    std::memcpy(&header, bytes.data(), sizeof header);
    const bool leaf = levels == 1;
    if (header.number != number || header.flags != (leaf ? kLeaf : kBranch) || header.lower < sizeof header ||
        header.lower > header.upper || header.upper > bytes.size() || header.lower % 2 != 0)
      throw Fault{page_text(number) + " is damaged"};
    const std::size_t nodes = (header.lower - sizeof header) / 2;
    if (nodes < (leaf ? 1 : 2)) throw Fault{page_text(number) + " has too few entries"};
    ++(leaf ? counts.leaf : counts.branch);

    std::vector<std::string_view> keys;
    std::vector<std::size_t> offsets;
    for (std::size_t i = 0; i < nodes; ++i) {
      std::uint16_t at;
      std::memcpy(&at, bytes.data() + sizeof header + 2 * i, sizeof at);
      if (at < header.upper || at % 2 != 0 || at + sizeof(Node) > bytes.size())
        throw Fault{page_text(number) + " is damaged"};
      Node node;
      std::memcpy(&node, bytes.data() + at, sizeof node);
      const std::size_t end = at + sizeof node + node.key_bytes;
      if (end > bytes.size() || node.key_bytes > kMaxKeyBytes || (kind == Kind::free && leaf && node.key_bytes != 8))
        throw Fault{page_text(number) + " is damaged"};
      keys.emplace_back(bytes.data() + at + sizeof node, node.key_bytes);
      offsets.push_back(at);
    }
    check_order(number, keys, kind, leaf, bounds);
    if (leaf) {
      for (std::size_t i = 0; i < nodes; ++i) entry(number, bytes, offsets[i], kind, counts);
      counts.entries += nodes;
      return;
    }
    for (std::size_t i = 0; i < nodes; ++i) {
      Node node;
      std::memcpy(&node, bytes.data() + offsets[i], sizeof node);
      const std::uint64_t below = node.low | std::uint64_t{node.high} << 16 | std::uint64_t{node.flags} << 32;
      page(below, levels - 1, kind,
           {i == 0 ? bounds.first : std::string(keys[i]), i + 1 == nodes ? bounds.past : std::string(keys[i + 1])},
           counts);
    }
  }

  // A branch's first key counts for nothing.
  static void check_order(std::uint64_t number, const std::vector<std::string_view>& keys, Kind kind, bool leaf,
                          const Bounds& bounds) {
    const auto less = [&](std::string_view a, std::string_view b) {
      if (kind != Kind::free) return a < b;
      std::uint64_t x = 0, y = 0;
      std::memcpy(&x, a.data(), std::min(a.size(), sizeof x));
      std::memcpy(&y, b.data(), std::min(b.size(), sizeof y));
      return x < y;
    };
    for (std::size_t i = leaf ? 0 : 1; i < keys.size(); ++i) {
      const bool empty = keys[i].empty();
      const bool ordered = i == (leaf ? 0 : 1) || less(keys[i - 1], keys[i]);
      const bool within =
          (bounds.first.empty() || !less(keys[i], bounds.first)) && (bounds.past.empty() || less(keys[i], bounds.past));
      if (empty || !ordered || !within) throw Fault{page_text(number) + " has its keys out of order"};
    }
  }

  // One entry of a leaf.
  void entry(std::uint64_t number, const std::vector<char>& bytes, std::size_t at, Kind kind, Counts& counts) {
    Node node;
    std::memcpy(&node, bytes.data() + at, sizeof node);
    const std::size_t data = at + sizeof node + node.key_bytes;
    const std::size_t data_bytes = node.low | std::size_t{node.high} << 16;
    const bool big = node.flags == kBigData;
    if ((node.flags != 0 && !big && !(node.flags == kSubDatabase && kind == Kind::main)) ||
        data + (big ? sizeof(std::uint64_t) : data_bytes) > bytes.size())
      throw Fault{page_text(number) + " is damaged"};
    if (big) {
      std::uint64_t first;
      std::memcpy(&first, bytes.data() + data, sizeof first);
      counts.overflow += overflow(first, data_bytes);
    }
    if (kind == Kind::free) {
      free_list(number, bytes, data, data_bytes, big);
    } else if (node.flags == kSubDatabase) {
      Database named;
      if (data_bytes != sizeof named) throw Fault{page_text(number) + " is damaged"};
      std::memcpy(&named, bytes.data() + data, sizeof named);
      tree(named, Kind::named);
    }
  }

  std::uint64_t overflow(std::uint64_t first, std::size_t data_bytes) {
    PageHeader header;
    if (first < 2 || first > trees_.last_page || !file_.read(first * trees_.page_bytes, header))
      throw Fault{page_text(first) + " lies outside it"};
    const std::uint64_t pages = header.lower | std::uint64_t{header.upper} << 16;
    const std::uint64_t needed = (sizeof header + data_bytes + trees_.page_bytes - 1) / trees_.page_bytes;
    if (header.number != first || header.flags != kOverflow || pages != needed || pages > trees_.last_page - first + 1)
      throw Fault{page_text(first) + " is damaged"};
    for (std::uint64_t i = 0; i < pages; ++i) use(first + i);
    return pages;
  }

  // A count, then page numbers.
  void free_list(std::uint64_t number, const std::vector<char>& bytes, std::size_t data, std::size_t data_bytes,
                 bool big) {
    std::vector<std::uint64_t> list(data_bytes / sizeof(std::uint64_t));
    if (list.empty() || data_bytes % sizeof list[0] != 0) throw Fault{page_text(number) + " is damaged"};
    if (big) {
      std::uint64_t first;
      std::memcpy(&first, bytes.data() + data, sizeof first);
      const auto at = static_cast<off_t>(first * trees_.page_bytes + sizeof(PageHeader));
      if (::pread(file_.fd(), list.data(), data_bytes, at) != static_cast<ssize_t>(data_bytes))
        throw Fault{page_text(first) + " cannot be read"};
    } else {
      std::memcpy(list.data(), bytes.data() + data, data_bytes);
    }
    // A list may be longer than what it says it holds.
    if (list[0] > list.size() - 1) throw Fault{page_text(number) + " lists more free pages than it has"};
    for (std::size_t i = 1; i <= list[0]; ++i) {
      if (list[i] < 2 || list[i] > trees_.last_page || (i > 1 && list[i] >= list[i - 1]))
        throw Fault{page_text(number) + " lists free pages that are none"};
      free_pages_.push_back(list[i]);
    }
  }

  const Reader& file_;
  const Trees& trees_;
  std::vector<bool> used_;
  std::vector<std::uint64_t> free_pages_;
  std::uint64_t seen_ = 0;
  bool stopped_ = false;
};

}  // namespace

std::string check_trees(const Reader& file, const Trees& trees) {
  try {
    Walk(file, trees).run();
    return {};
  } catch (const Fault& fault) {
    return fault.text;
  }
}

}  // namespace troupe::store

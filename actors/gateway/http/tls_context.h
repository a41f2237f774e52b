// What new connections show: a certificate and its key, read and checked. Never changes; new files make another one.
#pragma once

#include <memory>

#include "gateway/http/file_marks.h"
#include "troupe/error.h"

struct ssl_ctx_st;

namespace troupe::http {

class TlsContext {
 public:
  // `invalid`: which file, what is wrong with it, what to do.
  [[nodiscard]] static Result<std::shared_ptr<const TlsContext>> load(const TlsFiles& files);
  ~TlsContext();
  TlsContext(const TlsContext&) = delete;
  TlsContext& operator=(const TlsContext&) = delete;

  [[nodiscard]] ssl_ctx_st* context() const noexcept { return context_; }
  // Of the files, from before they were read.
  [[nodiscard]] const FileMarks& marks() const noexcept { return marks_; }

 private:
  TlsContext(ssl_ctx_st* context, FileMarks marks) noexcept : context_(context), marks_(marks) {}
  ssl_ctx_st* const context_;
  const FileMarks marks_;
};

}  // namespace troupe::http

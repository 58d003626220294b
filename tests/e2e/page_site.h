// PageSite: an installation whose page is served, and a browser to look at it with.
#pragma once

#include <fstream>
#include <string>

#include "tests/e2e/accessibility.h"
#include "tests/e2e/browser.h"
#include "tests/e2e/site.h"

namespace instanced::e2e {

class PageSite : public Site {
 public:
  explicit PageSite(SiteOptions options = {}) : Site(std::move(options)) {
    flags().insert(flags().end(), {"--page-address", "127.0.0.1:" + std::to_string(page_port_)});
  }
  std::string page(const std::string& path = "/") const {
    return "http://127.0.0.1:" + std::to_string(page_port_) + path;
  }
  std::uint16_t page_port() const { return page_port_; }
  std::string File(const char* name, const std::string& text) const {
    std::ofstream(folder() / name) << text;
    return (folder() / name).string();
  }

 private:
  std::uint16_t page_port_ = FreePort();
};

// JavaScript: how many elements match.
inline std::string Count(const std::string& selector) {
  return "document.querySelectorAll(" + Json(selector).dump() + ").length";
}
// JavaScript: whether the text of the first match contains `text`.
inline std::string Shows(const std::string& selector, const std::string& text) {
  return "(document.querySelector(" + Json(selector).dump() + ")?.innerText ?? '').includes(" +
         Json(text).dump() + ")";
}
// JavaScript: shows what the reader has to unfold.
inline constexpr const char* kOpenDetails =
    "document.querySelectorAll('details').forEach((part) => { part.open = true; })";
// The link of an object's row.
inline std::string RowOf(const Json& manifest) {
  return "#rows a[href='#/" + KeyOf(manifest) + "']";
}

}  // namespace instanced::e2e

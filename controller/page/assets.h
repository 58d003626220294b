// The page's files (controller/page/assets), compiled in. Pure; any thread.
#pragma once

#include <string_view>

namespace instanced {

struct PageAsset {
  std::string_view path;  // as the browser asks for it
  std::string_view content_type;
  std::string_view text;
};

// nullptr when the page has no such file.
const PageAsset* FindAsset(std::string_view path);

}  // namespace instanced

#include "tests/e2e/accessibility.h"

#include <set>

#include "tests/e2e/program.h"

namespace instanced::e2e {
namespace {

const std::set<std::string>& RolesWithNames() {
  static const std::set<std::string> kRoles = {"link",     "button",   "textbox", "searchbox",
                                               "combobox", "checkbox", "meter",   "image",
                                               "heading",  "region",   "table",   "columnheader"};
  return kRoles;
}

void CheckNames(Tab& tab, std::vector<std::string>& faults) {
  const auto tree = tab.Call("Accessibility.getFullAXTree");
  for (const auto& node : tree["nodes"]) {
    if (node.value("ignored", false)) continue;
    const std::string role = node.value("/role/value"_json_pointer, "");
    const std::string name = node.value("/name/value"_json_pointer, "");
    if (name.empty() && RolesWithNames().contains(role)) {
      faults.push_back("name: a " + role + " has none");
    }
  }
}

// Of the element that has the focus: where it stands among all that can have it, and how it shows.
constexpr const char* kFocus = R"((() => {
  const node = document.activeElement;
  if (!node || node === document.body) return null;
  const style = getComputedStyle(node);
  const box = node.getBoundingClientRect();
  const number = (colour) => colour.match(/[\d.]+/g).map(Number).slice(0, 3);
  const light = (rgb) => rgb.map((v) => v / 255).map((v) => v <= 0.04045 ? v / 12.92 :
    ((v + 0.055) / 1.055) ** 2.4).reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  let behind = node.parentElement;
  while (behind.parentElement && /, 0\)$/.test(getComputedStyle(behind).backgroundColor)) {
    behind = behind.parentElement;
  }
  const ground = getComputedStyle(behind).backgroundColor;
  const pair = [light(number(style.outlineColor)),
    light(/, 0\)$/.test(ground) ? [255, 255, 255] : number(ground))].sort((a, b) => a - b);
  const controls = [...document.querySelectorAll("a[href],button,input,select,textarea")]
    .filter((each) => each.checkVisibility());
  return {
    place: controls.indexOf(node), of: controls.length,
    name: node.tagName.toLowerCase() + (node.id ? "#" + node.id : "") + " " + node.textContent.trim(),
    outline: style.outlineStyle === "none" ? 0 : parseFloat(style.outlineWidth),
    contrast: (pair[1] + 0.05) / (pair[0] + 0.05),
    within: box.bottom > 0 && box.right > 0 && box.top < innerHeight && box.left < innerWidth,
  };
})())";

void CheckFocus(Tab& tab, std::vector<std::string>& faults) {
  tab.Value(
      "document.activeElement.blur(), getSelection().removeAllRanges(), scrollTo(0, 0), "
      "document.body.tabIndex = -1, document.body.focus(), document.body.removeAttribute("
      "'tabindex')");
  int next = 0;
  int count = 1;
  for (; next < count; ++next) {
    tab.Press("Tab");
    const auto focus = tab.Value(kFocus);
    if (focus.is_null()) break;
    count = focus.value("of", 0);
    const std::string name = focus.value("name", "");
    if (focus.value("place", -1) != next) {
      faults.push_back("focus order: " + name + " has the focus out of turn");
      return;
    }
    if (focus.value("outline", 0.0) < 2) faults.push_back("focus shown: not on " + name);
    if (focus.value("outline", 0.0) >= 2 && focus.value("contrast", 0.0) < 3) {
      faults.push_back("focus shown: too faint on " + name);
    }
    if (!focus.value("within", false)) {
      faults.push_back("focus shown: " + name + " is outside the window");
    }
  }
  if (next < count) faults.push_back("focus order: not every control is reached");
  tab.Value("document.activeElement.blur(), scrollTo(0, 0)");
}

}  // namespace

std::vector<std::string> AccessibilityFaults(Tab& tab) {
  static const std::string kScript = ReadText(ACCESSIBILITY_SCRIPT);
  auto faults = tab.Value(kScript).get<std::vector<std::string>>();
  CheckNames(tab, faults);
  CheckFocus(tab, faults);
  return faults;
}

}  // namespace instanced::e2e

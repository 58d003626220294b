// An accessibility check of what a tab shows now.
//
// It checks, and nothing else: language, title and zoom; ids unique and references answered; one
// main and one h1, no level of heading skipped, all text inside a landmark; captions and heads of
// tables, lists of items; contrast of text (4.5 to 1, large 3 to 1) and of the edges of controls
// (3 to 1); size or distance of targets (24 pixels); no scrolling sideways; by Chromium's own
// accessibility tree a name for every link, control, meter, picture, heading, region and table; and
// by the Tab key that every control is reached, once and in the order of the document, and shows
// that it has the focus (an outline of 2 pixels, 3 to 1 against what is behind it, within the
// window). It cannot tell whether words make sense, nor what a screen reader makes of them.
#pragma once

#include <string>
#include <vector>

#include "tests/e2e/browser.h"

namespace instanced::e2e {

// One sentence each, the rule first; empty: none was found. Leaves the focus on the page's start.
std::vector<std::string> AccessibilityFaults(Tab& tab);

}  // namespace instanced::e2e

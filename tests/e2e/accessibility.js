// What can be told of a page's accessibility by its document and styles; see accessibility.h.
// An expression: the faults found, one sentence each.
(() => {
  "use strict";
  const faults = [];
  const all = (selector) => [...document.querySelectorAll(selector)];
  const shown = (node) => node.checkVisibility({ visibilityProperty: true }) &&
    node.getClientRects().length > 0;
  const word = (node) => node.tagName.toLowerCase() + (node.id ? "#" + node.id : "") +
    " '" + node.textContent.trim().replace(/\s+/g, " ").slice(0, 40) + "'";
  const fault = (rule, what) => faults.push(rule + ": " + what);

  function checkDocument() {
    if (!document.documentElement.lang) fault("language", "html has no lang");
    if (!document.title.trim()) fault("title", "the document has no title");
    const viewport = document.querySelector("meta[name=viewport]");
    if (!viewport) fault("viewport", "there is none");
    else if (/user-scalable\s*=\s*(no|0)|maximum-scale/.test(viewport.content)) {
      fault("viewport", "zooming is forbidden");
    }
    const ids = new Set();
    for (const node of all("[id]")) {
      if (ids.has(node.id)) fault("unique ids", node.id + " stands twice");
      ids.add(node.id);
    }
    for (const name of ["for", "aria-labelledby", "aria-describedby", "aria-controls"]) {
      for (const node of all("[" + name + "]")) {
        for (const id of node.getAttribute(name).split(/\s+/)) {
          if (!ids.has(id)) fault("references", word(node) + " names " + id + ", which is not there");
        }
      }
    }
    for (const node of all("[tabindex]")) {
      if (node.tabIndex > 0) fault("focus order", word(node) + " jumps the queue");
    }
  }

  function checkStructure() {
    for (const [selector, name] of [["main", "main"], ["h1", "h1"]]) {
      const count = all(selector).filter(shown).length;
      if (count !== 1) fault("landmarks", "there are " + count + " of " + name);
    }
    let before = 0;
    for (const node of all("h1,h2,h3,h4,h5,h6").filter(shown)) {
      const level = Number(node.tagName[1]);
      if (level > before + 1) fault("headings", word(node) + " follows a heading of level " + before);
      if (!node.textContent.trim()) fault("headings", "an empty " + node.tagName.toLowerCase());
      before = level;
    }
    for (const node of document.body.children) {
      if (shown(node) && node.textContent.trim() &&
          !node.matches("main,header,footer,nav,aside,a.skip,script,noscript")) {
        fault("landmarks", word(node) + " stands in none");
      }
    }
    for (const table of all("table").filter(shown)) {
      if (!table.caption || !table.caption.textContent.trim()) fault("tables", word(table) + " has no caption");
      for (const cell of table.querySelectorAll("th")) {
        if (!cell.scope) fault("tables", word(cell) + " heads neither row nor column");
      }
      if (!table.querySelector("thead th")) fault("tables", word(table) + " has no column heads");
    }
    for (const item of all("li").filter((node) => !node.parentElement.matches("ul,ol,menu"))) {
      fault("lists", word(item) + " stands in no list");
    }
    for (const list of all("ul,ol")) {
      if ([...list.children].some((node) => !node.matches("li,script,template"))) {
        fault("lists", word(list) + " holds more than its items");
      }
    }
  }

  // --- colours, by WCAG 2: 4.5 to 1 for text, 3 to 1 for large text and edges of controls
  function parse(colour) {
    const parts = colour.match(/[\d.]+/g).map(Number);
    return { rgb: parts.slice(0, 3), alpha: parts.length > 3 ? parts[3] : 1 };
  }
  function over(top, bottom) {
    return top.rgb.map((value, index) => value * top.alpha + bottom[index] * (1 - top.alpha));
  }
  function ground(node) {
    const layers = [];
    for (let at = node; at; at = at.parentElement) {
      const colour = parse(getComputedStyle(at).backgroundColor);
      if (colour.alpha > 0) layers.push(colour);
      if (colour.alpha === 1) break;
    }
    return layers.reverse().reduce((below, layer) => over(layer, below), [255, 255, 255]);
  }
  function light(rgb) {
    const [r, g, b] = rgb.map((value) => {
      const part = value / 255;
      return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  }
  function contrast(one, other) {
    const [low, high] = [light(one), light(other)].sort((a, b) => a - b);
    return (high + 0.05) / (low + 0.05);
  }
  function checkContrast() {
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    const told = new Set();
    while (walker.nextNode()) {
      const node = walker.currentNode.parentElement;
      if (!walker.currentNode.data.trim() || !shown(node) || node.closest("script,style,noscript")) continue;
      const style = getComputedStyle(node);
      const size = parseFloat(style.fontSize);
      const large = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
      const behind = ground(node);
      const ratio = contrast(over(parse(style.color), behind), behind);
      if (ratio >= (large ? 3 : 4.5) || told.has(node)) continue;
      told.add(node);
      fault("contrast", word(node) + " has " + ratio.toFixed(2) + " to 1");
    }
    for (const node of all("input,select,button,textarea").filter(shown)) {
      const ratio = contrast(over(parse(getComputedStyle(node).borderTopColor), ground(node.parentElement)),
        ground(node.parentElement));
      if (ratio < 3) fault("contrast", "the edge of " + word(node) + " has " + ratio.toFixed(2) + " to 1");
    }
  }

  // A target is 24 by 24 pixels, or no other target's middle is within 24 pixels of its own.
  function checkTargets() {
    const targets = all("a[href],button,input,select,textarea").filter(shown)
      .filter((node) => getComputedStyle(node).position !== "absolute").map((node) => {
        const box = node.getBoundingClientRect();
        return { node, box, x: box.x + box.width / 2, y: box.y + box.height / 2 };
      });
    for (const target of targets) {
      if (target.box.width >= 24 && target.box.height >= 24) continue;
      if (targets.some((other) => other !== target &&
          Math.hypot(other.x - target.x, other.y - target.y) < 24)) {
        fault("target size", word(target.node) + " is small and close to another");
      }
    }
  }

  function checkReflow() {
    const root = document.scrollingElement;
    if (root.scrollWidth > root.clientWidth) {
      fault("reflow", "the page is " + root.scrollWidth + " wide in a window of " + root.clientWidth);
    }
  }

  checkDocument();
  checkStructure();
  checkContrast();
  checkTargets();
  checkReflow();
  return faults;
})()

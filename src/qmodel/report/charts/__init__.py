"""Charts as SVG that stands in a page: text as text, colours by the page's own variables, the same bytes each time."""

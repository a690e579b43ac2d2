#pragma once

#include <string_view>

/// The files that the page is made of, embedded in the program when it is built (cmake/embed.cmake). They live as long as the program.
namespace voxlake::report::pieces {

std::string_view page_html();   ///< the frame, with {{…}} where the other pieces go
std::string_view page_css();    ///< how it looks
std::string_view page_js();     ///< our scripts, one after the other, in the order in which they build on each other
std::string_view d3_js();       ///< d3 7.9.0, ISC
std::string_view plot_js();     ///< Observable Plot 0.6.17, ISC
std::string_view d3_licence();  ///< what the ISC licence asks to be kept with copies
std::string_view plot_licence();

}  // namespace voxlake::report::pieces

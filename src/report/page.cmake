# The report's page: its own pieces, in the order in which the scripts build on each other, and the plotting library.
include(${PROJECT_SOURCE_DIR}/cmake/embed.cmake)
set(page ${CMAKE_CURRENT_SOURCE_DIR}/report/page)
set(scripts "")
foreach(script format element colours figure flow bronze sound clip_picture clips speakers measures dataset rejects page)
  list(APPEND scripts ${page}/${script}.js)
endforeach()
voxlake_embed(voxlake_report report/page_pieces.h voxlake::report::pieces
  page_html ${page}/page.html
  page_css ${page}/page.css
  page_js ${scripts}
  d3_js ${VOXLAKE_DEPS}/js/d3/dist/d3.min.js
  plot_js ${VOXLAKE_DEPS}/js/plot/dist/plot.umd.min.js
  d3_licence ${VOXLAKE_DEPS}/js/d3/LICENSE
  plot_licence ${VOXLAKE_DEPS}/js/plot/LICENSE)

target_compile_definitions(voxlake_report PRIVATE VOXLAKE_VERSION="${PROJECT_VERSION}")

if(VOXLAKE_TESTS)
  add_executable(made_up_report ${PROJECT_SOURCE_DIR}/tests/report/made_up_report.cc)
  target_link_libraries(made_up_report PRIVATE voxlake_report)
endif()

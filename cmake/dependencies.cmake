# Third parties. Debian's packages by pkg-config or their own CMake files; Arrow, DuckDB and ducc0 from .deps/,
# where setup/install.sh puts them. A system Arrow wins where there is one.

set(VOXLAKE_DEPS ${PROJECT_SOURCE_DIR}/.deps CACHE PATH "Where setup/install.sh put what Debian does not have")

find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)
find_package(OpenSSL REQUIRED)
find_package(CLI11 REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(tl-expected REQUIRED)
pkg_check_modules(ARCHIVE REQUIRED IMPORTED_TARGET libarchive)
pkg_check_modules(CURL REQUIRED libcurl)  # its header: the library itself is loaded when asked for
pkg_check_modules(HTTPLIB REQUIRED IMPORTED_TARGET cpp-httplib)
pkg_check_modules(EDIT REQUIRED IMPORTED_TARGET libedit)
pkg_check_modules(POSTGRES REQUIRED libpq)  # its header: the library itself is loaded when asked for
pkg_check_modules(ISAL REQUIRED IMPORTED_TARGET libisal)
pkg_check_modules(DEFLATE REQUIRED IMPORTED_TARGET libdeflate)
pkg_check_modules(SNDFILE REQUIRED IMPORTED_TARGET sndfile)
pkg_check_modules(SOXR REQUIRED IMPORTED_TARGET soxr)
pkg_check_modules(XML REQUIRED IMPORTED_TARGET libxml-2.0)

find_package(Arrow QUIET)
find_package(Parquet QUIET)
if(Arrow_FOUND AND Parquet_FOUND)
  add_library(voxlake_arrow INTERFACE)
  target_link_libraries(voxlake_arrow INTERFACE Arrow::arrow_shared Parquet::parquet_shared)
else()
  set(wheel ${VOXLAKE_DEPS}/arrow/pyarrow)
  if(NOT EXISTS ${wheel}/include/arrow/api.h)
    message(FATAL_ERROR "Arrow is not there: run setup/install.sh build")
  endif()
  add_library(voxlake_arrow INTERFACE)
  foreach(part arrow parquet)
    file(GLOB library ${wheel}/lib${part}.so.*)
    add_library(wheel_${part} SHARED IMPORTED)
    set_target_properties(wheel_${part} PROPERTIES IMPORTED_LOCATION ${library})
    target_link_libraries(voxlake_arrow INTERFACE wheel_${part})
    list(APPEND libraries ${library})
  endforeach()
  # The loader looks for a symbol in one library after the other. OpenSSL comes first: libparquet exports one of its own, to which
  # Debian's libssl and libcurl would be bound. The wheel comes next: no others have so many symbols to be found.
  list(JOIN libraries "," libraries)
  target_link_options(voxlake_arrow INTERFACE "LINKER:--push-state,--no-as-needed,${OPENSSL_CRYPTO_LIBRARY},${libraries},--pop-state")
  target_include_directories(voxlake_arrow SYSTEM INTERFACE ${wheel}/include)
endif()

# DuckDB is opened when it is first asked for (see src/warehouse): only its header is needed to build.
add_library(voxlake_duckdb INTERFACE)
target_include_directories(voxlake_duckdb SYSTEM INTERFACE ${VOXLAKE_DEPS}/duckdb)
set(VOXLAKE_DUCKDB_LIBRARY ${VOXLAKE_DEPS}/duckdb/libduckdb.so)

# ducc0's FFT is header-only but for three files of its own plumbing, which are built without threads.
set(ducc ${VOXLAKE_DEPS}/ducc0/src)
add_library(voxlake_ducc STATIC ${ducc}/ducc0/infra/mav.cc ${ducc}/ducc0/infra/threading.cc ${ducc}/ducc0/infra/string_utils.cc)
target_include_directories(voxlake_ducc SYSTEM PUBLIC ${ducc})
target_compile_definitions(voxlake_ducc PUBLIC DUCC0_NO_LOWLEVEL_THREADING)
target_compile_options(voxlake_ducc PRIVATE -w)

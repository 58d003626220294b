# What a long-running program with cloud credentials in its memory is compiled with. Not combined
# with sanitizers or coverage, which bring their own checks.
include(CheckPIESupported)
include(CheckCXXCompilerFlag)
check_pie_supported(LANGUAGES CXX)

add_compile_options(-fstack-protector-strong -fstack-clash-protection)
if(CMAKE_BUILD_TYPE MATCHES "Rel")
  add_compile_options(-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2)
endif()
add_link_options(-Wl,-z,relro -Wl,-z,now -Wl,-z,noexecstack -Wl,--as-needed)

# Control-flow protection is spelled differently per processor.
check_cxx_compiler_flag(-fcf-protection=full INSTANCED_HAS_CF_PROTECTION)
check_cxx_compiler_flag(-mbranch-protection=standard INSTANCED_HAS_BRANCH_PROTECTION)
if(INSTANCED_HAS_CF_PROTECTION)
  add_compile_options(-fcf-protection=full)
elseif(INSTANCED_HAS_BRANCH_PROTECTION)
  add_compile_options(-mbranch-protection=standard)
endif()

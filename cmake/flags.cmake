# Every target of ours is compiled with these: loud warnings, and the hardening that a keeper of secrets owes.
add_library(keybaton_flags INTERFACE)
target_compile_options(keybaton_flags INTERFACE
  # Designated initialisers name what differs from the defaults; the rest is meant to stay unsaid.
  -Wall -Wextra -Wno-missing-field-initializers -Wpedantic -Wconversion -Wshadow -Wnon-virtual-dtor -Werror=switch -Werror=unused-result -Werror
  -fstack-protector-strong -fstack-clash-protection)
target_include_directories(keybaton_flags INTERFACE ${PROJECT_SOURCE_DIR})
if(CMAKE_BUILD_TYPE MATCHES "Rel")
  target_compile_options(keybaton_flags INTERFACE -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2)
endif()
target_link_options(keybaton_flags INTERFACE -Wl,-z,relro,-z,now -Wl,-z,noexecstack)

option(KEYBATON_SANITIZE "AddressSanitizer and UndefinedBehaviorSanitizer" OFF)
if(KEYBATON_SANITIZE)
  target_compile_options(keybaton_flags INTERFACE -fsanitize=address,undefined -fno-omit-frame-pointer -fno-sanitize-recover=undefined)
  target_link_options(keybaton_flags INTERFACE -fsanitize=address,undefined)
endif()

include(CheckPIESupported)
check_pie_supported()

# keybaton_library(NAME SOURCES… ) then target_link_libraries(NAME PUBLIC|PRIVATE …) beside it.
function(keybaton_library name)
  add_library(${name} STATIC ${ARGN})
  target_link_libraries(${name} PUBLIC keybaton_flags)
endfunction()

# Completions and the man page, written by the program that was just built: they know what it knows.
target_sources(keybaton PRIVATE cmd_completion.cpp command_words.cpp)

set(KEYBATON_WORDS_DIR "${PROJECT_BINARY_DIR}/completions")
file(MAKE_DIRECTORY "${KEYBATON_WORDS_DIR}")
set(KEYBATON_WORDS)
foreach(pair bash:keybaton zsh:_keybaton fish:keybaton.fish man:keybaton.1)
  string(REPLACE ":" ";" pair "${pair}")
  list(GET pair 0 reader)
  list(GET pair 1 file)
  add_custom_command(OUTPUT "${KEYBATON_WORDS_DIR}/${file}"
    COMMAND keybaton completion ${reader} > "${KEYBATON_WORDS_DIR}/${file}"
    DEPENDS keybaton VERBATIM)
  list(APPEND KEYBATON_WORDS "${KEYBATON_WORDS_DIR}/${file}")
endforeach()
add_custom_target(keybaton_words ALL DEPENDS ${KEYBATON_WORDS})

install(FILES "${KEYBATON_WORDS_DIR}/keybaton" DESTINATION "${CMAKE_INSTALL_DATADIR}/bash-completion/completions")
install(FILES "${KEYBATON_WORDS_DIR}/_keybaton" DESTINATION "${CMAKE_INSTALL_DATADIR}/zsh/site-functions")
install(FILES "${KEYBATON_WORDS_DIR}/keybaton.fish" DESTINATION "${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d")
install(FILES "${KEYBATON_WORDS_DIR}/keybaton.1" DESTINATION "${CMAKE_INSTALL_MANDIR}/man1")

# Config, rendering and the terminal: all of the command line that needs no journal and no cloud.
keybaton_library(cli_parts
  ${CMAKE_CURRENT_LIST_DIR}/nearest.cpp)
target_link_libraries(cli_parts PUBLIC rotation platform PRIVATE yaml-cpp nlohmann_json::nlohmann_json fmt::fmt)

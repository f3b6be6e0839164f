# Config, rendering and the terminal: all of the command line that needs no journal and no cloud.
keybaton_library(cli_parts
  ${CMAKE_CURRENT_LIST_DIR}/completion.cpp
  ${CMAKE_CURRENT_LIST_DIR}/config.cpp
  ${CMAKE_CURRENT_LIST_DIR}/config_accounts.cpp
  ${CMAKE_CURRENT_LIST_DIR}/config_edit.cpp
  ${CMAKE_CURRENT_LIST_DIR}/config_metrics.cpp
  ${CMAKE_CURRENT_LIST_DIR}/config_paths.cpp
  ${CMAKE_CURRENT_LIST_DIR}/config_policy.cpp
  ${CMAKE_CURRENT_LIST_DIR}/config_targets.cpp
  ${CMAKE_CURRENT_LIST_DIR}/config_yaml.cpp
  ${CMAKE_CURRENT_LIST_DIR}/init_text.cpp
  ${CMAKE_CURRENT_LIST_DIR}/json.cpp
  ${CMAKE_CURRENT_LIST_DIR}/man_page.cpp
  ${CMAKE_CURRENT_LIST_DIR}/nearest.cpp
  ${CMAKE_CURRENT_LIST_DIR}/pair_names.cpp
  ${CMAKE_CURRENT_LIST_DIR}/render_history.cpp
  ${CMAKE_CURRENT_LIST_DIR}/render_lists.cpp
  ${CMAKE_CURRENT_LIST_DIR}/render_plan.cpp
  ${CMAKE_CURRENT_LIST_DIR}/render_problem.cpp
  ${CMAKE_CURRENT_LIST_DIR}/render_roll.cpp
  ${CMAKE_CURRENT_LIST_DIR}/render_rotation.cpp
  ${CMAKE_CURRENT_LIST_DIR}/reports.cpp
  ${CMAKE_CURRENT_LIST_DIR}/style.cpp
  ${CMAKE_CURRENT_LIST_DIR}/table.cpp
  ${CMAKE_CURRENT_LIST_DIR}/terminal.cpp
  ${CMAKE_CURRENT_LIST_DIR}/utf8.cpp)
target_link_libraries(cli_parts PUBLIC rotation inventory platform known PRIVATE secrets_adapters yaml-cpp nlohmann_json::nlohmann_json fmt::fmt)

// The examples of docs/locations are taken as they stand.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "cli/config.hpp"
#include "rotation/errors.hpp"

namespace {

std::string text_of(const std::filesystem::path& file) {
  std::ostringstream text;
  text << std::ifstream(file).rdbuf();
  return text.str();
}

// The blocks of a page that describe locations, as the locations of one target: a list, or a list below `locations:`.
std::string locations_in(const std::string& page) {
  std::istringstream lines(page);
  std::string found, block;
  bool inside = false;
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with("```")) {
      if (inside) block += line + "\n";
      continue;
    }
    inside = line == "```yaml";
    const std::size_t list = block.starts_with("- ") ? 0 : block.find("locations:\n");
    if (list != std::string::npos && !block.empty()) {
      std::istringstream items(list == 0 && block.starts_with("- ") ? block : block.substr(list + 11));
      std::size_t depth = std::string::npos;
      for (std::string item; std::getline(items, item);) {
        if (depth == std::string::npos) depth = item.find('-');
        found += "      " + item.substr(std::min(depth, item.size())) + "\n";
      }
    }
    block.clear();
  }
  return found;
}

TEST(LocationDocs, each_example_is_a_config) {
  int pages = 0;
  for (const auto& page : std::filesystem::directory_iterator(LOCATION_DOCS)) {
    const std::string type = page.path().stem().string();
    const std::string locations = locations_in(text_of(page.path()));
    if (locations.find("type: ") == std::string::npos) continue;
    ++pages;
    const auto file = std::filesystem::path(testing::TempDir()) / ("keybaton-docs-" + type + ".yaml");
    std::ofstream(file) << "accounts:\n  prod: {provider: aws, profile: prod}\ntargets:\n  prod/app:\n    locations:\n"
                        << locations;
    try {
      const cli::Config config = cli::load_config(file);
      EXPECT_EQ(config.targets.size(), 1U) << type;
    } catch (const rotation::Trouble& trouble) {
      ADD_FAILURE() << type << ": " << trouble.problem().message;
    }
    std::filesystem::remove(file);
  }
  EXPECT_GE(pages, 14);
}

}  // namespace

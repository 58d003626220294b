// A page of docs/ as its tables, so that tests can hold it against the code it describes.
#pragma once

#include <string>
#include <vector>

namespace instanced::docs {

// A file of the repository; fails the test when it cannot be read.
std::string ReadFile(const std::string& path_in_repository);

// Every table row of a page as its cells, without the head and the ruler.
std::vector<std::vector<std::string>> Rows(const std::string& page);

// "| a | b |"
std::string RowText(const std::vector<std::string>& cells);
std::string TableText(const std::vector<std::vector<std::string>>& rows);

}  // namespace instanced::docs

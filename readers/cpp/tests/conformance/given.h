#ifndef QMODEL_TESTS_CONFORMANCE_GIVEN_H
#define QMODEL_TESTS_CONFORMANCE_GIVEN_H

#include <filesystem>
#include <nlohmann/json.hpp>

#include "qmodel/reader.h"

namespace conformance {

/// The options that an entry of the index asks for: its limits, and its bases, each of which has those after it.
qmodel::Options options_for(const std::filesystem::path& folder, const nlohmann::json& entry);

/// A JSON file. Throws std::exception when it cannot be read.
nlohmann::json json_of(const std::filesystem::path& path);

}  // namespace conformance

#endif

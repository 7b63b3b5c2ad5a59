#include "vectors.h"

#include "given.h"

namespace conformance {

std::vector<Result> check_all(const std::filesystem::path& folder) {
    const nlohmann::json index = json_of(folder / "index.json");
    std::vector<Result> results;
    for (const auto& entry : index.at("valid")) results.push_back({entry.at("file"), check_valid(folder, entry)});
    for (const auto& entry : index.at("invalid")) results.push_back({entry.at("file"), check_invalid(folder, entry)});
    return results;
}

}  // namespace conformance

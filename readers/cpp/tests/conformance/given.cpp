#include "given.h"

#include <fstream>
#include <stdexcept>

namespace conformance {

nlohmann::json json_of(const std::filesystem::path& path) {
    std::ifstream file(path);
    if (!file) throw std::runtime_error("cannot read " + path.string());
    return nlohmann::json::parse(file);
}

qmodel::Options options_for(const std::filesystem::path& folder, const nlohmann::json& entry) {
    qmodel::Options options;
    const nlohmann::json limits = entry.value("limits", nlohmann::json::object());
    for (const auto& [name, value] : limits.items()) {
        const auto most = value.get<std::uint64_t>();
        if (name == "max_manifest_bytes") {
            options.limits.manifest_bytes = most;
        } else if (name == "max_tensors") {
            options.limits.tensors = most;
        } else if (name == "max_chunks") {
            options.limits.chunks = most;
        } else if (name == "max_tensor_bytes") {
            options.limits.array_bytes = most;
        } else {
            throw std::runtime_error("the index has an unknown limit " + name);
        }
    }
    const auto bases = entry.value("bases", std::vector<std::string>{});
    qmodel::Options for_base;
    for (auto base = bases.rbegin(); base != bases.rend(); ++base) {
        for_base.bases.insert(for_base.bases.begin(), qmodel::Reader::open(folder / *base, for_base));
    }
    options.bases = for_base.bases;
    return options;
}

}  // namespace conformance

#include "predict/arguments.h"

#include <algorithm>
#include <charconv>

#include "fail.h"

namespace qmodel::predict {

namespace {

const OptionRule& rule_of(const CommandRule& rule, const std::string& option) {
    const auto found = std::find_if(rule.options.begin(), rule.options.end(),
                                    [&](const OptionRule& each) { return each.name == option; });
    if (found == rule.options.end()) {
        invalid_input("there is no option " + option + " (see " + rule.name + " --help)");
    }
    return *found;
}

}  // namespace

Arguments::Arguments(const CommandRule& rule, int count, char** arguments) {
    const std::vector<std::string> words(arguments + std::min(count, 1), arguments + count);
    bool has_ended = false;
    for (std::size_t n = 0; n < words.size(); ++n) {
        const std::string& word = words[n];
        if (has_ended || word.size() < 2 || word[0] != '-') {
            operands_.push_back(word);
        } else if (word == "--") {
            has_ended = true;
        } else {
            const std::size_t equals = word.find('=');
            const std::string name = word.substr(0, equals);
            const bool takes_value = !rule_of(rule, name).value.empty();
            if (!takes_value && equals != std::string::npos) invalid_input("option " + name + " takes no value");
            if (takes_value && equals == std::string::npos && n + 1 == words.size()) {
                invalid_input("option " + name + " needs a value");
            }
            if (!takes_value) {
                given_.push_back({name, ""});
            } else {
                given_.push_back({name, equals == std::string::npos ? words[++n] : word.substr(equals + 1)});
            }
        }
    }
}

bool Arguments::has(const std::string& option) const {
    return std::any_of(given_.begin(), given_.end(), [&](const Given& each) { return each.option == option; });
}

std::string Arguments::value(const std::string& option) const {
    const std::vector<std::string> all = values(option);
    return all.empty() ? std::string() : all.back();
}

std::vector<std::string> Arguments::values(const std::string& option) const {
    std::vector<std::string> all;
    for (const Given& each : given_) {
        if (each.option == option) all.push_back(each.value);
    }
    return all;
}

unsigned Arguments::number(const std::string& option, unsigned otherwise, unsigned least) const {
    if (!has(option)) return otherwise;
    const std::string text = value(option);
    unsigned number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || end != text.data() + text.size() || number < least) {
        invalid_input("option " + option + " wants a whole number of at least " + std::to_string(least) + ", got '" +
                      text + "'");
    }
    return number;
}

std::string help_of(const CommandRule& rule) {
    std::string text;
    for (const std::string& usage : rule.usages) {
        text += (text.empty() ? "Usage: " : "       ") + rule.name + " " + usage + "\n";
    }
    text += "\n" + rule.about + "\n\nOptions:\n";
    std::size_t width = 0;
    for (const OptionRule& option : rule.options) width = std::max(width, option.name.size() + option.value.size());
    for (const OptionRule& option : rule.options) {
        const std::string name = option.name + (option.value.empty() ? "" : " " + option.value);
        text += "  " + name + std::string(width + 3 - name.size(), ' ') + option.help + "\n";
    }
    return text +
           "\nExit codes: 0 fine, 1 findings, 2 wrong usage or input, 3 corrupt, 4 unsupported, 5 limit exceeded.\n";
}

}  // namespace qmodel::predict

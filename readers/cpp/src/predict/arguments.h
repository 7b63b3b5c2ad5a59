#ifndef QMODEL_PREDICT_ARGUMENTS_H
#define QMODEL_PREDICT_ARGUMENTS_H

#include <string>
#include <vector>

namespace qmodel::predict {

/// One option of a command.
struct OptionRule {
    std::string name;   ///< As "--labels".
    std::string value;  ///< What stands behind it, as "FILE"; empty for a switch.
    std::string help;
};

/// What a command is and takes.
struct CommandRule {
    std::string name;
    std::vector<std::string> usages;  ///< As "MODEL.qmodel IMAGES.idx [OPTIONS]".
    std::string about;
    std::vector<OptionRule> options;
};

/// The arguments of a command.
class Arguments {
public:
    /// Throws invalid_input for an unknown option or one without its value. "--" ends the options.
    Arguments(const CommandRule& rule, int count, char** arguments);

    const std::vector<std::string>& operands() const noexcept { return operands_; }
    bool has(const std::string& option) const;

    /// The value of an option, the last one when it is repeated; empty when it is not given.
    std::string value(const std::string& option) const;
    std::vector<std::string> values(const std::string& option) const;

    /// The value as a whole number of at least `least`. Throws invalid_input.
    unsigned number(const std::string& option, unsigned otherwise, unsigned least) const;

private:
    struct Given {
        std::string option;
        std::string value;
    };
    std::vector<std::string> operands_;
    std::vector<Given> given_;
};

/// The text that --help prints.
std::string help_of(const CommandRule& rule);

}  // namespace qmodel::predict

#endif

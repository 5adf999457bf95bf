#include "embedded-broker/node/describe_broker.h"

#include "embedded-broker/metadata/config_defs.h"
#include "embedded-broker/node/setting_table.h"

#include <algorithm>

namespace broker::node {

using handlers::SettingSource;
using handlers::SettingView;

std::vector<SettingView> describeBroker(const BrokerConfig& config, const metadata::MetadataImage& image) {
    std::vector<SettingView> views;
    for (const Setting& setting : settingTable()) {
        SettingView view;
        view.name = setting.name;
        view.type = static_cast<std::int8_t>(setting.type);
        view.readOnly = metadata::findDynamicBrokerConfig(setting.name) == nullptr;
        view.documentation = setting.documentation;
        view.sensitive = setting.type == SettingType::Password;
        const auto dynamic = [&](const std::string& resource, SettingSource source) {
            const auto& values = image.config(metadata::ResourceType::Broker, resource);
            if (const auto found = values.find(view.name); found != values.end())
                view.synonyms.push_back({view.name, found->second, source});
        };
        dynamic(std::to_string(config.nodeId), SettingSource::DynamicBroker);
        dynamic("", SettingSource::DynamicDefaultBroker);
        if (config.given(setting.name))
            view.synonyms.push_back({view.name, config.text(setting.name), SettingSource::StaticBroker});
        if (setting.defaultValue != kNoDefault)
            view.synonyms.push_back({view.name, std::string(setting.defaultValue), SettingSource::Default});
        if (view.sensitive)
            for (auto& synonym : view.synonyms)
                synonym.value.reset();
        if (!view.synonyms.empty()) {
            view.value = view.synonyms.front().value;
            view.source = view.synonyms.front().source;
        }
        views.push_back(std::move(view));
    }
    std::ranges::sort(views, {}, &SettingView::name);
    return views;
}

} // namespace broker::node

"""What alerts say that was done, in verbs for titles: chosen for each shipped rule by what the rule saw, no more.

A request that may have been refused is "asked"; a rule that looks at no list of who may claims nothing about rights.
Rules that are not listed, yours among them, are called by the first of their techniques that is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, eq=False)
class Behaviour:
    """One thing that is done to somebody, or that is seen of somebody; each is one object."""

    weight: int
    """Higher is named first where a title has no room for all; ours."""
    zh: str
    """What follows ``对…进行``; of an effect, what follows its bearer."""
    en: str
    """What stands between actor and target; of an effect, what follows its bearer."""
    rules: str = ""
    """Shipped rules that see this, by spaces."""
    techniques: str = ""
    """Techniques of ATT&CK for ICS 18, by spaces, whose rules are called so unless they are listed."""
    is_effect: bool = False
    """True for what a target shows and nobody does; titles that name an act leave it out."""


WRITE = Behaviour(
    88, "写入操作", "wrote to",
    "modbus_broadcast_write modbus_brute_force_point modbus_coil_toggling modbus_file_write modbus_identify_then_write"
    " modbus_mask_write modbus_probe_then_write modbus_umas_write modbus_write_probe modbus_write_sweep"
    " opcua_anonymous_write opcua_downgraded_write opcua_write_burst",
)  # fmt: skip
COMMAND = Behaviour(
    90, "越权控制", "sent commands without right to",
    "modbus_level_skip_write modbus_read_write_multiple modbus_several_masters modbus_write_unauthorized"
    " mqtt_command_unauthorized opcua_call_unauthorized opcua_write_unauthorized",
    "T0855 T0836 T0806 T0831 T0835",
)  # fmt: skip
SENT_OUT = Behaviour(67, "Modbus 外发", "sent Modbus out to", "modbus_public_server")
ASKED_OUT = Behaviour(62, "外部域名解析", "asked the foreign name server", "dns_foreign_resolver")
FROM_OUTSIDE = Behaviour(
    61, "公网接入", "came from the internet to", "flow_public_to_control_port modbus_public_client mqtt_public_client"
)
DOWNGRADE = Behaviour(59, "弃用安全防护", "dropped its protection towards", "opcua_security_downgrade", "T0820 T0842")
OUTWARD = Behaviour(56, "公网通信", "exchanged packets with", "flow_control_to_public")
UNDECLARED = Behaviour(
    54, "未登记接入", "connected undeclared to", "flow_unknown_host_to_controller modbus_unknown_host"
)
WEAK = Behaviour(
    47, "弱安全连接", "connected with weak security to", "opcua_deprecated_policy opcua_unprotected_session"
)
BEHAVIOURS = (
    Behaviour(95, "启停命令下发", "sent start or stop commands to", "modbus_umas_start_stop", "T0858 T0816"),
    Behaviour(94, "强制只听", "commanded listen-only mode on", "modbus_force_listen_only"),
    Behaviour(94, "重启通信命令下发", "sent restart commands to", "modbus_restart_communications"),
    Behaviour(93, "程序写入", "wrote a program into", "modbus_umas_program_download"),
    Behaviour(93, "程序或模型改动", "tried to change the program of", "", "T0843 T0889 T0839 T0857 T0821 T0873"),
    Behaviour(92, "安全范围写入", "wrote into a safety range of", "modbus_safety_range_write"),
    Behaviour(92, "安全联锁或报警干扰", "interfered with safety or alarms of", "", "T0837 T0838 T0880"),
    COMMAND,
    Behaviour(90, "前缀记录变更请求", "asked to change a prefix record at", "handle_prefix_record_changed"),
    Behaviour(89, "未认证变更", "changed identifiers without authentication at", "handle_unchallenged_change"),
    WRITE,
    Behaviour(87, "越权变更请求", "asked for changes without right at",
              "dns_update_unauthorized handle_change_unauthorized"),
    Behaviour(86, "遗嘱命令预置", "left a command as its will at", "mqtt_will_command"),
    Behaviour(86, "主机状态伪造", "published a host state without right at", "mqtt_state_forged"),
    Behaviour(85, "密钥获取", "got a secret key from", "handle_secret_exposed"),
    Behaviour(85, "数据伪造", "sent forged data to", "", "T0856 T0832 T0830"),
    Behaviour(84, "历史数据改删请求", "asked to change history of", "opcua_history_changed"),
    Behaviour(84, "节点删除请求", "asked to delete nodes of", "opcua_nodes_deleted"),
    Behaviour(84, "批量删除请求", "asked to delete identifiers at", "handle_bulk_deletion"),
    Behaviour(84, "数据破坏", "acted against data of", "", "T0809 T0872"),
    Behaviour(83, "节点增添请求", "asked to add nodes to", "opcua_nodes_added"),
    Behaviour(83, "不符请求的应答", "sent replies that do not fit to",
              "modbus_reply_mismatch modbus_unknown_exception"),
    Behaviour(83, "未经请求的应答", "sent unasked replies to", "dns_forged_replies modbus_unsolicited_reply"),
    Behaviour(82, "越权留置消息", "left messages without right at", "mqtt_retained_unauthorized"),
    Behaviour(82, "留置消息清除", "erased retained messages at", "mqtt_retained_erased"),
    Behaviour(82, "通信参数更改", "changed communication settings of", "modbus_change_delimiter"),
    Behaviour(81, "反射放大", "sent amplified replies to", "dns_amplification handle_amplification"),
    Behaviour(80, "洪泛", "flooded",
              "flow_modbus_connection_flood flow_syn_flood flow_syn_flood_many_sources modbus_echo_flood"
              " modbus_request_flood modbus_unanswered_flood mqtt_connection_flood mqtt_publish_flood"
              " opcua_channel_flood opcua_session_flood"),
    Behaviour(80, "服务干扰", "disturbed the service of", "", "T0814 T0815 T0804 T0803 T0805 T0813"),
    Behaviour(78, "可疑解析应答", "gave suspicious resolutions to", "dns_naptr_odd_scheme dns_naptr_to_bare_address"),
    Behaviour(76, "授予全部权限", "granted all rights at", "handle_all_rights_granted"),
    Behaviour(75, "功能码试探", "tried function codes of", "modbus_function_scan modbus_function_refused"),
    Behaviour(72, "异常报文交互", "exchanged malformed messages with",
              "dns_malformed_storm handle_malformed_storm modbus_malformed_length modbus_malformed_storm"
              " modbus_out_of_specification modbus_wrong_protocol_id mqtt_malformed_storm opcua_malformed_storm"),
    Behaviour(72, "异常报文攻击", "sent malformed messages to", "", "T0866 T0819 T0890"),
    Behaviour(70, "与他人共用客户端标识", "used the client identifier of another at", "mqtt_client_id_shared", "T0849"),
    Behaviour(69, "会话试探", "tried session bytes on", "modbus_umas_session_guessing"),
    Behaviour(68, "凭据试探", "tried credentials on",
              "handle_key_guessing mqtt_password_guessing mqtt_user_spraying opcua_user_guessing opcua_user_spraying",
              "T0859 T0812"),
    SENT_OUT,
    Behaviour(66, "疑似数据外带", "may have carried data out through",
              "dns_long_names dns_long_names_everywhere dns_many_subdomains handle_long_suffixes"),
    Behaviour(66, "隐蔽通道通信", "used an unusual channel to", "", "T0869 T0884 T0885"),
    Behaviour(65, "编程权占用", "took the programming reservation of", "modbus_umas_reservation"),
    Behaviour(64, "程序读出", "read the program of", "modbus_umas_program_upload"),
    Behaviour(63, "编程功能调用", "called programming functions of",
              "modbus_firmware_function modbus_legacy_programming"),
    ASKED_OUT,
    FROM_OUTSIDE,
    Behaviour(60, "远程访问", "opened remote access to", "flow_remote_access_to_control",
              "T0886 T0822 T0883 T0823 T0867"),
    DOWNGRADE,
    Behaviour(58, "明文口令登录", "sent a password in clear to", "handle_password_clear opcua_password_clear"),
    Behaviour(57, "开放改写权限", "left values open to changes at", "handle_public_write"),
    OUTWARD,
    Behaviour(55, "未授权连接", "connected without right to", "mqtt_client_unauthorized opcua_session_unauthorized",
              "T0848 T0864 T0860"),
    UNDECLARED,
    Behaviour(53, "全量订阅", "subscribed to everything at", "mqtt_subscription_to_all"),
    Behaviour(52, "批量读取", "read in bulk from", "modbus_register_sweep modbus_table_dump opcua_browse_sweep"),
    Behaviour(52, "批量标识解析", "resolved identifiers in numbers at",
              "dns_identifier_enumeration handle_enumeration"),
    Behaviour(51, "文件读取", "read files of", "modbus_file_read"),
    Behaviour(51, "区域传送请求", "asked for a zone transfer from", "dns_zone_transfer"),
    Behaviour(51, "标识列表请求", "asked for a listing of", "handle_listing_unauthorized"),
    Behaviour(50, "越权读取", "read data without right from", "modbus_level_skip_read modbus_read_unauthorized",
              "T0801 T0802 T0861 T0811 T0845 T0868 T0877 T0882 T0893"),
    Behaviour(48, "超长消息发送", "sent an oversized message to", "mqtt_message_too_large"),
    WEAK,
    Behaviour(46, "非 Modbus 通信", "spoke something else than Modbus to", "flow_not_modbus_on_502"),
    Behaviour(45, "诊断计数器清零", "cleared counters of", "modbus_clear_counters"),
    Behaviour(44, "大量文本查询", "asked many text questions of", "dns_text_burst"),
    Behaviour(43, "事务标识重复使用", "reused transaction identifiers with", "modbus_duplicate_transaction"),
    Behaviour(42, "设备信息查询", "asked for details of",
              "dns_version_asked modbus_diagnostic_unauthorized modbus_identification_unauthorized"
              " modbus_umas_identification mqtt_broker_status_read opcua_discovery_unauthorized"),
    Behaviour(40, "扫描探测", "probed",
              "dns_name_errors flow_host_sweep flow_modbus_port_sweep flow_port_scan handle_not_found_burst"
              " modbus_address_scan modbus_gateway_unit_probe modbus_identification_sweep modbus_unit_sweep",
              "T0846 T0888 T0840 T0871 T0800 T0887"),
    Behaviour(38, "非常规功能码使用", "used unusual functions of", "modbus_undefined_function modbus_vendor_function"),
    Behaviour(37, "连接反复被拒", "had connections refused or ended by",
              "flow_modbus_reset_storm opcua_transport_errors"),
    Behaviour(34, "非常规端口 Modbus 通信", "spoke Modbus on an unusual port to", "modbus_other_port"),
    Behaviour(33, "UDP Modbus 通信", "spoke Modbus by UDP to", "modbus_over_udp"),
    Behaviour(32, "RTU 透传通信", "exchanged RTU frames with", "modbus_rtu_over_tcp"),
    Behaviour(31, "校验错误帧交互", "exchanged damaged frames with", "modbus_rtu_crc"),
    Behaviour(28, "停止应答", "stopped answering", "modbus_server_silent", is_effect=True),
    Behaviour(27, "报告内部故障", "reported failures", "modbus_server_failure", is_effect=True),
    Behaviour(26, "持续报忙", "answered busy", "modbus_server_busy", is_effect=True),
    Behaviour(25, "大量异常应答", "answered with many exceptions", "modbus_exception_storm", is_effect=True),
    Behaviour(25, "出现指向公网地址的标识", "had identifiers that lead to public addresses",
              "handle_url_to_bare_address", is_effect=True),
    Behaviour(24, "达到服务限额", "reached a limit", "handle_limits_reached", is_effect=True),
    Behaviour(23, "会话反复被占用", "had sessions taken over", "mqtt_session_takeovers", is_effect=True),
)  # fmt: skip
"""Sorted by weight."""
OTHER = Behaviour(10, "可疑操作", "acted suspiciously towards")
"""What has neither a rule nor a technique that is listed."""
IMPLIED: Mapping[Behaviour, frozenset[Behaviour]] = {
    WRITE: frozenset({COMMAND}),
    OUTWARD: frozenset({SENT_OUT, ASKED_OUT}),
    UNDECLARED: frozenset({FROM_OUTSIDE}),
    WEAK: frozenset({DOWNGRADE}),
}
"""Behaviours that need not be named beside others that say more."""

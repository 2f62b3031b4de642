"""Names of Modbus functions, exceptions and sub-functions.

Sources: MODBUS Application Protocol Specification V1.1b3, §5.1 and §6 (functions), §6.8 (diagnostics), §7 (exceptions);
UMAS names as the field uses them (Schneider Electric publishes no specification of function 90).
"""

from __future__ import annotations

FUNCTIONS = {
    1: "read_coils",
    2: "read_discrete_inputs",
    3: "read_holding_registers",
    4: "read_input_registers",
    5: "write_single_coil",
    6: "write_single_register",
    7: "read_exception_status",
    8: "diagnostics",
    11: "get_comm_event_counter",
    12: "get_comm_event_log",
    15: "write_multiple_coils",
    16: "write_multiple_registers",
    17: "report_server_id",
    20: "read_file_record",
    21: "write_file_record",
    22: "mask_write_register",
    23: "read_write_multiple_registers",
    24: "read_fifo_queue",
    43: "encapsulated_interface_transport",
    90: "umas",
}

CATEGORIES = ("read", "write", "read_write", "diagnostic", "identification", "file", "vendor", "undefined")

_CATEGORY_OF = {
    "read": (1, 2, 3, 4, 24),
    "write": (5, 6, 15, 16, 22),
    "read_write": (23,),
    "diagnostic": (7, 8, 11, 12),
    "identification": (17, 43),
    "file": (20, 21),
    "vendor": (*range(65, 73), 90, *range(100, 111)),  # §5.1: user-defined codes; 90 is UMAS
}

EXCEPTIONS = {
    1: "illegal_function",
    2: "illegal_data_address",
    3: "illegal_data_value",
    4: "server_device_failure",
    5: "acknowledge",
    6: "server_device_busy",
    7: "negative_acknowledge",
    8: "memory_parity_error",
    10: "gateway_path_unavailable",
    11: "gateway_target_failed_to_respond",
}

DIAGNOSTICS = {
    0: "return_query_data",
    1: "restart_communications",
    2: "return_diagnostic_register",
    3: "change_ascii_input_delimiter",
    4: "force_listen_only_mode",
    10: "clear_counters_and_diagnostic_register",
    11: "return_bus_message_count",
    12: "return_bus_communication_error_count",
    13: "return_bus_exception_error_count",
    14: "return_server_message_count",
    15: "return_server_no_response_count",
    16: "return_server_nak_count",
    17: "return_server_busy_count",
    18: "return_bus_character_overrun_count",
    20: "clear_overrun_counter_and_flag",
}

UMAS = {
    0x01: "init_comm",
    0x02: "read_id",
    0x03: "read_project_info",
    0x04: "read_plc_info",
    0x06: "read_card_info",
    0x0A: "repeat",
    0x10: "take_plc_reservation",
    0x11: "release_plc_reservation",
    0x12: "keep_alive",
    0x20: "read_memory_block",
    0x22: "read_variables",
    0x23: "write_variables",
    0x24: "read_coils_registers",
    0x25: "write_coils_registers",
    0x30: "initialize_upload",
    0x31: "upload_block",
    0x32: "end_strategy_upload",
    0x33: "initialize_download",
    0x34: "download_block",
    0x35: "end_strategy_download",
    0x39: "read_eth_master_data",
    0x40: "start_plc",
    0x41: "stop_plc",
    0x50: "monitor_plc",
    0x58: "check_plc",
    0x70: "read_io_object",
    0x71: "write_io_object",
    0x73: "get_status_module",
}

FUNCTION_NAMES = tuple(FUNCTIONS.get(code, f"function_{code}") for code in range(128))
FUNCTION_CATEGORIES = [
    next((index for index, name in enumerate(CATEGORIES) if code in _CATEGORY_OF.get(name, ())), len(CATEGORIES) - 1)
    for code in range(128)
]
EXCEPTION_NAMES = tuple(EXCEPTIONS.get(code, f"exception_{code}") for code in range(256))
UMAS_NAMES = tuple(UMAS.get(code, f"umas_{code}") for code in range(256))

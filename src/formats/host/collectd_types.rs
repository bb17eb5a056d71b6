//! What collectd's `types.db` says of its types: gauge or counter; and the unit where the plugins' documentation is clear about it.

/// The kind of data source of a type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Source {
    /// GAUGE: stored as it is.
    Gauge,
    /// DERIVE or COUNTER: a growing total.
    Counted,
    /// ABSOLUTE: an amount since the last reading.
    Absolute,
}

/// Types of DERIVE and COUNTER sources.
#[rustfmt::skip]
const COUNTED: &[&str] = &[
    "apache_bytes", "apache_requests", "arc_counts", "arc_l2_bytes", "ath_stat", "cache_eviction", "cache_operation",
    "cache_result", "ceph_rate", "commands", "compression", "connections", "contextswitch", "cookies", "counter", "cpu",
    "derive", "disk_io_time", "disk_merged", "disk_octets", "disk_ops", "disk_ops_complex", "disk_time", "dns_answer",
    "dns_notify", "dns_octets", "dns_opcode", "dns_qtype", "dns_query", "dns_question", "dns_rcode", "dns_reject",
    "dns_request", "dns_resolver", "dns_response", "dns_transfer", "dns_update", "dns_zops", "dpdk_telemetry",
    "drbd_resource", "errors", "evicted_keys", "expired_keys", "filter_result", "fork_rate", "fscache_stat",
    "hash_collisions", "http_request_methods", "http_requests", "http_response_codes", "ib_errors",
    "ib_link_error_recovery", "ib_octets", "ib_packets", "ib_xmit_wait", "if_collisions", "if_dropped", "if_errors",
    "if_multicast", "if_octets", "if_packets", "if_rx_dropped", "if_rx_errors", "if_rx_nohandler", "if_rx_octets",
    "if_rx_packets", "if_tx_dropped", "if_tx_errors", "if_tx_octets", "if_tx_packets", "invocations", "io_octets", "io_ops",
    "io_packets", "ipt_bytes", "ipt_packets", "irq", "job_stats", "memcached_command", "memcached_octets", "memcached_ops",
    "memory_bandwidth", "memory_throttle_count", "mutex_operations", "mysql_bpool_counters", "mysql_commands",
    "mysql_handler", "mysql_innodb_data", "mysql_innodb_dblwr", "mysql_innodb_log", "mysql_innodb_pages",
    "mysql_innodb_row_lock", "mysql_innodb_rows", "mysql_locks", "mysql_log_position", "mysql_octets", "mysql_qcache",
    "mysql_select", "mysql_slow_queries", "mysql_sort", "mysql_sort_merge_passes", "mysql_sort_rows", "mysql_threads",
    "nfs_procedure", "nginx_requests", "node_octets", "node_stat", "operations", "packets", "perf", "pf_counters",
    "pf_limits", "pf_source", "pf_state", "pg_blks", "pg_n_tup_c", "pg_scan", "pg_xact", "protocol_counter", "ps_cputime",
    "ps_disk_octets", "ps_disk_ops", "ps_pagefaults", "redis_command_cputime", "serial_octets", "slurm_backfilled_jobs",
    "slurm_cycle_depth", "slurm_cycle_duration", "slurm_cycles", "slurm_job_stats", "slurm_queue_length", "swap_io",
    "total_bytes", "total_connections", "total_events", "total_objects", "total_operations", "total_requests",
    "total_sessions", "total_threads", "total_time_in_ms", "total_values", "transitions", "vf_broadcast", "vf_bytes",
    "vf_dropped", "vf_multicast", "vf_packets", "virt_cpu_total", "virt_vcpu", "vmpage_action", "vmpage_faults",
    "vmpage_io",
];

/// Types of GAUGE sources.
#[rustfmt::skip]
const GAUGES: &[&str] = &[
    "apache_connections", "apache_idle_workers", "apache_scoreboard", "arc_l2_size", "arc_ratio", "arc_size", "ath_nodes",
    "backends", "bad_peb_count", "bitrate", "blocked_clients", "bool", "bucket", "buffer", "bytes", "cache_ratio",
    "cache_size", "capacity", "ceph_bytes", "ceph_latency", "changes_since_last_save", "charge", "clock_last_meas",
    "clock_last_update", "clock_mode", "clock_reachability", "clock_skew_ppm", "clock_state", "clock_stratum",
    "compression_ratio", "conntrack", "controller", "count", "cpu_affinity", "cpufreq", "current", "current_connections",
    "current_sessions", "delay", "delay_rate", "df", "df_complex", "df_inodes", "dilution_of_precision", "disk_allocation",
    "disk_capacity", "disk_error", "disk_latency", "disk_physical", "dns_qtype_cached", "domain_state", "duration",
    "email_check", "email_count", "email_size", "energy", "energy_wh", "entropy", "fanspeed", "file_handles", "file_size",
    "files", "flow", "freepages", "frequency", "frequency_error", "frequency_offset", "gauge", "health", "humidity",
    "ib_cap_mask", "ib_lid", "ib_lid_mask_count", "ib_phys_state", "ib_rate", "ib_sm_lid", "ib_sm_sl", "ib_state", "ipc",
    "latency", "links", "load", "max_ec", "md_disks", "media", "memcached_connections", "memcached_items", "memory",
    "memory_lua", "multimeter", "mysql_bpool_bytes", "mysql_bpool_pages", "nginx_connections", "node_rssi", "node_tx_rate",
    "nvme_avail_spare", "nvme_avail_spare_thresh", "nvme_crc_error_count", "nvme_critical_comp_time",
    "nvme_critical_warning", "nvme_ctrl_busy_time", "nvme_data_units_read", "nvme_data_units_written",
    "nvme_end_to_end_error_detection_count", "nvme_endu_grp_crit_warn_sumry", "nvme_erase_fail_count",
    "nvme_host_bytes_written", "nvme_host_commands_read", "nvme_host_commands_written", "nvme_media_errors",
    "nvme_nand_bytes_written", "nvme_num_err_log_entries", "nvme_percent_used", "nvme_pll_lock_loss_count",
    "nvme_power_cycles", "nvme_power_on_hours", "nvme_program_fail_count", "nvme_retry_buffer_overflow_count",
    "nvme_temp_sensor", "nvme_temperature", "nvme_thermal_mgmt_temp1_total_time",
    "nvme_thermal_mgmt_temp1_transition_count", "nvme_thermal_mgmt_temp2_total_time",
    "nvme_thermal_mgmt_temp2_transition_count", "nvme_thermal_throttle_status", "nvme_timed_workload_host_reads",
    "nvme_timed_workload_media_wear", "nvme_timed_workload_timer", "nvme_unsafe_shutdowns", "nvme_warning_temp_time",
    "nvme_wear_leveling", "objects", "operations_per_second", "pending_operations", "percent", "percent_bytes",
    "percent_inodes", "pf_states", "pg_db_size", "pg_n_tup_g", "pg_numbackends", "ping", "ping_droprate", "ping_stddev",
    "players", "pools", "power", "pressure", "ps_code", "ps_count", "ps_data", "ps_rss", "ps_stacksize", "ps_state",
    "ps_vm", "pstates_enabled", "pubsub", "queue_length", "records", "requests", "response_code", "response_time",
    "root_delay", "root_dispersion", "route_etx", "route_metric", "routes", "satellites", "segments", "signal_noise",
    "signal_power", "signal_quality", "slurm_cycle_last", "slurm_job_state", "slurm_last_cycle_depth", "slurm_node_state",
    "smart_attribute", "smart_badsectors", "smart_powercycles", "smart_poweron", "smart_temperature", "snr", "spam_check",
    "spam_score", "spl", "swap", "sysevent", "tcp_connections", "tdp", "temperature", "threads", "time_dispersion",
    "time_offset", "time_offset_ntp", "time_offset_rms", "time_ref", "timeleft", "timestamp", "turbo_enabled",
    "uncore_ratio", "uptime", "users", "vcl", "vcpu", "vf_link_info", "vmpage_number", "volatile_changes", "voltage",
    "voltage_threshold", "vs_memory", "vs_processes", "vs_threads",
];

/// What `types.db` says of a type; `None` for one of the user's own.
pub(super) fn source(name: &str) -> Option<Source> {
    match name {
        "absolute" => Some(Source::Absolute),
        _ if COUNTED.binary_search(&name).is_ok() => Some(Source::Counted),
        _ => GAUGES.binary_search(&name).is_ok().then_some(Source::Gauge),
    }
}

/// The unit of a type; `rate`: a counter that is stored as a rate.
pub(super) fn unit(name: &str, rate: bool) -> Option<&'static str> {
    Some(match name {
        "percent" | "percent_bytes" | "percent_inodes" | "humidity" | "cache_ratio" | "nvme_percent_used" => "percent",
        "bytes" | "df" | "df_complex" | "memory" | "swap" | "vs_memory" | "file_size" | "cache_size" | "pg_db_size"
        | "memory_lua" => "bytes",
        "ps_rss" | "ps_vm" | "ps_data" | "ps_code" | "ps_stacksize" | "mysql_bpool_bytes" | "disk_allocation"
        | "disk_capacity" => "bytes",
        "disk_physical" | "arc_size" | "arc_l2_size" | "ceph_bytes" => "bytes",
        _ if is_octets(name) => {
            if rate {
                "bytes/s"
            } else {
                "bytes"
            }
        }
        "disk_time" | "disk_io_time" | "total_time_in_ms" if !rate => "ms",
        // time per time, ticks of a host's own length, and what the user defines
        "disk_time" | "disk_io_time" | "total_time_in_ms" | "cpu" | "ps_cputime" | "redis_command_cputime" | "virt_cpu_total" => {
            return None;
        }
        "virt_vcpu" | "derive" | "counter" | "job_stats" | "perf" | "compression" | "dpdk_telemetry" | "memory_bandwidth" => {
            return None;
        }
        "bitrate" => "bit/s",
        "uptime" => "seconds",
        "temperature" | "smart_temperature" | "nvme_temperature" => "celsius",
        "voltage" => "volts",
        "current" => "amperes",
        "power" | "tdp" => "watts",
        "fanspeed" => "rpm",
        "ping" | "ping_stddev" => "ms",
        "operations_per_second" => "1/s",
        _ if rate => "1/s",
        _ => return None,
    })
}

/// Counters of bytes.
fn is_octets(name: &str) -> bool {
    name.ends_with("_octets") || matches!(name, "apache_bytes" | "ipt_bytes" | "total_bytes" | "vf_bytes" | "arc_l2_bytes")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lists_are_sorted_so_that_names_are_found() {
        assert!(COUNTED.is_sorted() && GAUGES.is_sorted());
        for (name, wanted) in [("if_octets", Source::Counted), ("requests", Source::Gauge), ("absolute", Source::Absolute)] {
            assert_eq!(source(name), Some(wanted), "{name}");
        }
        assert_eq!((source("my_own"), unit("if_octets", true), unit("if_packets", true)), (None, Some("bytes/s"), Some("1/s")));
        assert_eq!((unit("if_packets", false), unit("disk_time", true)), (None, None));
    }
}

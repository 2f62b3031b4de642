"""What pages and the API both show: functions of a visit that give plain data, one module per subject."""

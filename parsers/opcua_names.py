"""Names of OPC UA services, status codes, attributes and enumerations.

Sources: OPC 10000-6 (1.05) Annex A (StatusCode and attribute tables), OPC 10000-4 (1.05) §7 (enumerations), OPC 10000-3
(node classes). Status codes are named as the standard does; other names are its words in snake case.
"""

from __future__ import annotations

from parsers.opcua_services import SERVICE_FAULT, SERVICES

_STATUS = """
0000:Good 002D:GoodSubscriptionTransferred 002E:GoodCompletesAsynchronously 002F:GoodOverload 0030:GoodClamped
0096:GoodLocalOverride 00A2:GoodEntryInserted 00A3:GoodEntryReplaced 00A5:GoodNoData 00A6:GoodMoreData
00A7:GoodCommunicationEvent 00A8:GoodShutdownEvent 00A9:GoodCallAgain 00AA:GoodNonCriticalTimeout
00BA:GoodResultsMayBeIncomplete 00D9:GoodDataIgnored 00DC:GoodEdited 00DD:GoodPostActionFailed
00DF:GoodRetransmissionQueueNotSupported 00E0:GoodDependentValueChanged 00EB:GoodSubNormal
00EF:GoodPasswordChangeRequired 0116:GoodEdited_DependentValueChanged 0117:GoodEdited_DominantValueChanged
0118:GoodEdited_DominantValueChanged_DependentValueChanged 0401:GoodCascadeInitializationAcknowledged
0402:GoodCascadeInitializationRequest 0403:GoodCascadeNotInvited 0404:GoodCascadeNotSelected 0407:GoodFaultStateActive
0408:GoodInitiateFaultState 0409:GoodCascade 4000:Uncertain 406C:UncertainReferenceOutOfServer
408F:UncertainNoCommunicationLastUsableValue 4090:UncertainLastUsableValue 4091:UncertainSubstituteValue
4092:UncertainInitialValue 4093:UncertainSensorNotAccurate 4094:UncertainEngineeringUnitsExceeded
4095:UncertainSubNormal 40A4:UncertainDataSubNormal 40BC:UncertainReferenceNotDeleted
40C0:UncertainNotAllNodesAvailable 40DE:UncertainDominantValueChanged 40E2:UncertainDependentValueChanged
40F2:UncertainOverRange 40F3:UncertainUnderRange 4208:UncertainTransducerInManual 4209:UncertainSimulatedValue
420A:UncertainSensorCalibration 420F:UncertainConfigurationError 8000:Bad 8001:BadUnexpectedError
8002:BadInternalError 8003:BadOutOfMemory 8004:BadResourceUnavailable 8005:BadCommunicationError 8006:BadEncodingError
8007:BadDecodingError 8008:BadEncodingLimitsExceeded 8009:BadUnknownResponse 800A:BadTimeout
800B:BadServiceUnsupported 800C:BadShutdown 800D:BadServerNotConnected 800E:BadServerHalted 800F:BadNothingToDo
8010:BadTooManyOperations 8011:BadDataTypeIdUnknown 8012:BadCertificateInvalid 8013:BadSecurityChecksFailed
8014:BadCertificateTimeInvalid 8015:BadCertificateIssuerTimeInvalid 8016:BadCertificateHostNameInvalid
8017:BadCertificateUriInvalid 8018:BadCertificateUseNotAllowed 8019:BadCertificateIssuerUseNotAllowed
801A:BadCertificateUntrusted 801B:BadCertificateRevocationUnknown 801C:BadCertificateIssuerRevocationUnknown
801D:BadCertificateRevoked 801E:BadCertificateIssuerRevoked 801F:BadUserAccessDenied 8020:BadIdentityTokenInvalid
8021:BadIdentityTokenRejected 8022:BadSecureChannelIdInvalid 8023:BadInvalidTimestamp 8024:BadNonceInvalid
8025:BadSessionIdInvalid 8026:BadSessionClosed 8027:BadSessionNotActivated 8028:BadSubscriptionIdInvalid
802A:BadRequestHeaderInvalid 802B:BadTimestampsToReturnInvalid 802C:BadRequestCancelledByClient
8031:BadNoCommunication 8032:BadWaitingForInitialData 8033:BadNodeIdInvalid 8034:BadNodeIdUnknown
8035:BadAttributeIdInvalid 8036:BadIndexRangeInvalid 8037:BadIndexRangeNoData 8038:BadDataEncodingInvalid
8039:BadDataEncodingUnsupported 803A:BadNotReadable 803B:BadNotWritable 803C:BadOutOfRange 803D:BadNotSupported
803E:BadNotFound 803F:BadObjectDeleted 8040:BadNotImplemented 8041:BadMonitoringModeInvalid
8042:BadMonitoredItemIdInvalid 8043:BadMonitoredItemFilterInvalid 8044:BadMonitoredItemFilterUnsupported
8045:BadFilterNotAllowed 8046:BadStructureMissing 8047:BadEventFilterInvalid 8048:BadContentFilterInvalid
8049:BadFilterOperandInvalid 804A:BadContinuationPointInvalid 804B:BadNoContinuationPoints
804C:BadReferenceTypeIdInvalid 804D:BadBrowseDirectionInvalid 804E:BadNodeNotInView 804F:BadServerUriInvalid
8050:BadServerNameMissing 8051:BadDiscoveryUrlMissing 8052:BadSemaphoreFileMissing 8053:BadRequestTypeInvalid
8054:BadSecurityModeRejected 8055:BadSecurityPolicyRejected 8056:BadTooManySessions 8057:BadUserSignatureInvalid
8058:BadApplicationSignatureInvalid 8059:BadNoValidCertificates 805A:BadRequestCancelledByRequest
805B:BadParentNodeIdInvalid 805C:BadReferenceNotAllowed 805D:BadNodeIdRejected 805E:BadNodeIdExists
805F:BadNodeClassInvalid 8060:BadBrowseNameInvalid 8061:BadBrowseNameDuplicated 8062:BadNodeAttributesInvalid
8063:BadTypeDefinitionInvalid 8064:BadSourceNodeIdInvalid 8065:BadTargetNodeIdInvalid
8066:BadDuplicateReferenceNotAllowed 8067:BadInvalidSelfReference 8068:BadReferenceLocalOnly 8069:BadNoDeleteRights
806A:BadServerIndexInvalid 806B:BadViewIdUnknown 806D:BadTooManyMatches 806E:BadQueryTooComplex 806F:BadNoMatch
8070:BadMaxAgeInvalid 8071:BadHistoryOperationInvalid 8072:BadHistoryOperationUnsupported 8073:BadWriteNotSupported
8074:BadTypeMismatch 8075:BadMethodInvalid 8076:BadArgumentsMissing 8077:BadTooManySubscriptions
8078:BadTooManyPublishRequests 8079:BadNoSubscription 807A:BadSequenceNumberUnknown 807B:BadMessageNotAvailable
807C:BadInsufficientClientProfile 807D:BadTcpServerTooBusy 807E:BadTcpMessageTypeInvalid
807F:BadTcpSecureChannelUnknown 8080:BadTcpMessageTooLarge 8081:BadTcpNotEnoughResources 8082:BadTcpInternalError
8083:BadTcpEndpointUrlInvalid 8084:BadRequestInterrupted 8085:BadRequestTimeout 8086:BadSecureChannelClosed
8087:BadSecureChannelTokenUnknown 8088:BadSequenceNumberInvalid 8089:BadConfigurationError 808A:BadNotConnected
808B:BadDeviceFailure 808C:BadSensorFailure 808D:BadOutOfService 808E:BadDeadbandFilterInvalid
8097:BadRefreshInProgress 8098:BadConditionAlreadyDisabled 8099:BadConditionDisabled 809A:BadEventIdUnknown
809B:BadNoData 809D:BadDataLost 809E:BadDataUnavailable 809F:BadEntryExists 80A0:BadNoEntryExists
80A1:BadTimestampNotSupported 80AB:BadInvalidArgument 80AC:BadConnectionRejected 80AD:BadDisconnect
80AE:BadConnectionClosed 80AF:BadInvalidState 80B0:BadEndOfStream 80B1:BadNoDataAvailable 80B2:BadWaitingForResponse
80B3:BadOperationAbandoned 80B4:BadExpectedStreamToBlock 80B5:BadWouldBlock 80B6:BadSyntaxError
80B7:BadMaxConnectionsReached 80B8:BadRequestTooLarge 80B9:BadResponseTooLarge 80BB:BadEventNotAcknowledgeable
80BD:BadInvalidTimestampArgument 80BE:BadProtocolVersionUnsupported 80BF:BadStateNotActive
80C1:BadFilterOperatorInvalid 80C2:BadFilterOperatorUnsupported 80C3:BadFilterOperandCountMismatch
80C4:BadFilterElementInvalid 80C5:BadFilterLiteralInvalid 80C6:BadIdentityChangeNotSupported 80C8:BadNotTypeDefinition
80C9:BadViewTimestampInvalid 80CA:BadViewParameterMismatch 80CB:BadViewVersionInvalid 80CC:BadConditionAlreadyEnabled
80CD:BadDialogNotActive 80CE:BadDialogResponseInvalid 80CF:BadConditionBranchAlreadyAcked
80D0:BadConditionBranchAlreadyConfirmed 80D1:BadConditionAlreadyShelved 80D2:BadConditionNotShelved
80D3:BadShelvingTimeOutOfRange 80D4:BadAggregateListMismatch 80D5:BadAggregateNotSupported
80D6:BadAggregateInvalidInputs 80D7:BadBoundNotFound 80D8:BadBoundNotSupported 80DA:BadAggregateConfigurationRejected
80DB:BadTooManyMonitoredItems 80E1:BadDominantValueChanged 80E3:BadDependentValueChanged 80E4:BadRequestNotAllowed
80E5:BadTooManyArguments 80E6:BadSecurityModeInsufficient 80E7:BadDataSetIdInvalid 80E8:BadTransactionPending
80E9:BadLocked 80EA:BadIndexRangeDataMismatch 80EC:BadRequiresLock 80ED:BadLocaleNotSupported 80EE:BadServerTooBusy
80F0:BadNoValue 80F1:BadTransactionFailed 810D:BadCertificateChainIncomplete 810E:BadLicenseExpired
810F:BadLicenseLimitsExceeded 8110:BadLicenseNotAvailable 8111:BadNotExecutable 8112:BadNumericOverflow
8113:BadRequestNotComplete 8114:BadCertificatePolicyCheckFailed 8115:BadAlreadyExists 8119:BadEdited_OutOfRange
811A:BadInitialValue_OutOfRange 811B:BadOutOfRange_DominantValueChanged 811C:BadEdited_OutOfRange_DominantValueChanged
811D:BadOutOfRange_DominantValueChanged_DependentValueChanged
811E:BadEdited_OutOfRange_DominantValueChanged_DependentValueChanged 811F:BadTicketRequired 8120:BadTicketInvalid
"""
"""Upper 16 bits of each status code, and its name."""

STATUS_CODES: dict[int, str] = {int(code, 16): name for code, name in (word.split(":") for word in _STATUS.split())}

_ATTRIBUTES = (
    "node_id node_class browse_name display_name description write_mask user_write_mask is_abstract symmetric "
    "inverse_name contains_no_loops event_notifier value data_type value_rank array_dimensions access_level "
    "user_access_level minimum_sampling_interval historizing executable user_executable data_type_definition "
    "role_permissions user_role_permissions access_restrictions access_level_ex"
)
ATTRIBUTES = dict(enumerate(_ATTRIBUTES.split(), start=1))

_CLASSES = {
    0: "unspecified", 1: "object", 2: "variable", 4: "method", 8: "object_type", 16: "variable_type",
    32: "reference_type", 64: "data_type", 128: "view",
}  # fmt: skip
_APPLICATIONS = dict(enumerate(("server", "client", "client_and_server", "discovery_server")))
_TOKENS = dict(enumerate(("anonymous", "user_name", "certificate", "issued_token")))
_MODES = dict(enumerate(("invalid", "none", "sign", "sign_and_encrypt")))
_OPERATORS = (
    "equals is_null greater_than less_than greater_than_or_equal less_than_or_equal like not between in_list and or "
    "cast in_view of_type related_to bitwise_and bitwise_or"
)
_HISTORY = "raw processed at_time event annotation update structure event delete_raw delete_at_time delete_event"

ENUMERATIONS: dict[str, dict[int, str]] = {
    "attributes": ATTRIBUTES,
    "browse.directions": dict(enumerate(("forward", "inverse", "both", "invalid"))),
    "channel.request_type": dict(enumerate(("issue", "renew"))),
    "client.application_type": _APPLICATIONS,
    "endpoints.security_modes": _MODES,
    "filter.deadband_types": dict(enumerate(("none", "absolute", "percent"))),
    "filter.operators": dict(enumerate(_OPERATORS.split())),
    "filter.triggers": dict(enumerate(("status", "status_value", "status_value_timestamp"))),
    "history.details": dict(enumerate(_HISTORY.split())),
    "history.operation": dict(enumerate(("insert", "replace", "update", "remove"), start=1)),
    "item.modes": dict(enumerate(("disabled", "sampling", "reporting"))),
    "publish.kinds": dict(enumerate(("data_change", "event", "status_change"))),
    "reference.classes": _CLASSES,
    "security.mode": _MODES,
    "server.application_types": _APPLICATIONS,
    "timestamps_to_return": dict(enumerate(("source", "server", "both", "neither", "invalid"))),
    "tokens.types": _TOKENS,
    "user.token_type": _TOKENS,
}
"""Names of the numbers in each column ``opcua.<name>`` that holds names."""

_SERVICES = [line.split() for line in SERVICES.strip().splitlines()]
SERVICE_NAMES: dict[int, str] = {
    int(type_id): name for _, name, request, reply in _SERVICES for type_id in (request, reply)
} | {SERVICE_FAULT: "service_fault"}
"""Name of the service by the NodeId of a request's or reply's encoding."""
SERVICE_SETS: dict[str, str] = {name: group for group, name, _, _ in _SERVICES}
REPLY_IDS: dict[int, int] = {int(request): int(reply) for _, _, request, reply in _SERVICES}
"""NodeId of the reply's encoding by that of the request's."""


def name_status(code: int) -> str:
    """Name of a status code, whose lower 16 bits only qualify it; unknown ones as 0x and eight digits."""
    return STATUS_CODES.get(code >> 16 & 0xFFFF) or f"0x{code & 0xFFFFFFFF:08X}"


def name_number(column: str, number: int) -> str:
    """Name of an enumeration's number in ``opcua.<column>``; ``attribute_99`` or ``99`` where it has none."""
    found = ENUMERATIONS.get(column, {}).get(number)
    if found is not None:
        return found
    return f"attribute_{number}" if column == "attributes" else str(number)


def name_service(type_id: int) -> str:
    """Name of the service whose request or reply has this encoding."""
    return SERVICE_NAMES.get(type_id, f"service_{type_id}")

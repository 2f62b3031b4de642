"""The structures of OPC UA messages as data: one line a structure, its members in the order of the wire.

Sources: OPC 10000-4 (services) and OPC 10000-6 (encodings, NodeIds), 1.05. A member is written as

    ``Type``            a built-in type, or a structure of these tables;
    ``Type[]``          an array: a length of four bytes, then the elements (10000-6 §5.2.5);
    ``Type?4``          there only where bit 4 of the structure's ``Mask`` is set;
    ``Type>column``     kept for the column ``opcua.<column>``, an array's elements one by one;
    ``Type?4!>column``  the same, and null where it is not there, so that lists stay in step;
    ``Type[]#column``   the number of elements is kept;
    ``=2>column``       no bytes: the number 2 is kept, which tells that the structure was there;
    ``Secret>column``   a byte string of which is kept only whether it holds any byte;
    ``Rest``            bytes up to the end that are not read.

Structures that mean other things in other places have a line for each (``Value`` written, ``DataValue`` read).
"""

# ruff: noqa: E501 - tables, one structure a line

from __future__ import annotations

STRUCTURES = """
RequestHeader NodeId>session.key DateTime>request.time UInt32>request.handle UInt32>request.return_diagnostics String>request.audit_entry_id UInt32>request.timeout ExtensionObject
ResponseHeader DateTime>response.time UInt32>response.handle StatusCode>status.code DiagnosticInfo String[]>diagnostics.strings ExtensionObject
DiagnosticInfo Mask Int32?1>diagnostics.symbols Int32?2 Int32?8 Int32?4 String?16>diagnostics.texts StatusCode?32>diagnostics.statuses DiagnosticInfo?64
DataValue Mask Variant?1!>values StatusCode?2!>item.statuses DateTime?4!>source_times UInt16?16 DateTime?8!>server_times UInt16?32
Value Mask Variant?1!>values StatusCode?2 DateTime?4!>source_times UInt16?16 DateTime?8!>server_times UInt16?32
Dimensions Int32[]

Hello UInt32>hello.version UInt32>hello.receive_buffer_size UInt32>hello.send_buffer_size UInt32>hello.max_message_size UInt32>hello.max_chunk_count String>endpoint.url
Acknowledge UInt32>acknowledge.version UInt32>acknowledge.receive_buffer_size UInt32>acknowledge.send_buffer_size UInt32>acknowledge.max_message_size UInt32>acknowledge.max_chunk_count
Error StatusCode>status.code String>error.reason
ReverseHello String>server.uri String>endpoint.url

Signature String ByteString
ClientSignature String>signature.algorithm ByteString
ServerSignature String>response.signature.algorithm ByteString
SignedSoftwareCertificate ByteString ByteString
ClientDescription String>client.application_uri String>client.product_uri LocalizedText>client.application_name Int32>client.application_type String String String[]>client.discovery_urls
ServerDescription String>server.application_uris String>server.product_uris LocalizedText>server.application_names Int32>server.application_types String>server.gateway_uris String>server.discovery_profiles String[]>server.discovery_urls
UserTokenPolicy String>tokens.policy_ids Int32>tokens.types String>tokens.issued_types String>tokens.issuer_urls String>tokens.security_policies
EndpointDescription String>endpoints.urls ServerDescription ByteString>endpoints.thumbprints Int32>endpoints.security_modes String>endpoints.security_policies UserTokenPolicy[] String>endpoints.transport_profiles Byte>endpoints.security_levels
RegisteredServer String>server.application_uris String>server.product_uris LocalizedText[]>server.application_names Int32>server.application_types String>server.gateway_uris String[]>server.discovery_urls String>server.semaphore_file Boolean>server.online
ServerOnNetwork UInt32>network.record_ids String>server.application_names String>server.discovery_urls String[]>network.capabilities

View NodeId>view DateTime>view_time UInt32>view_version
BrowseDescription NodeId>nodes Int32>browse.directions NodeId>browse.reference_types Boolean>browse.subtypes UInt32>browse.class_masks UInt32>browse.result_masks
ReferenceDescription NodeId>reference.types Boolean>reference.forward ExpandedNodeId>reference.targets QualifiedName>reference.browse_names LocalizedText>reference.display_names Int32>reference.classes ExpandedNodeId>reference.type_definitions
BrowseResult StatusCode>item.statuses ByteString>continuation_points ReferenceDescription[]
RelativePathElement NodeId>reference.types Boolean Boolean QualifiedName>browse.paths
BrowsePath NodeId>nodes RelativePathElement[]
BrowsePathTarget ExpandedNodeId>reference.targets UInt32
BrowsePathResult StatusCode>item.statuses BrowsePathTarget[]
AddNodesItem ExpandedNodeId>nodes NodeId>reference.types ExpandedNodeId>reference.requested QualifiedName>reference.browse_names Int32>reference.classes ExtensionObject ExpandedNodeId>reference.type_definitions
AddNodesResult StatusCode>item.statuses NodeId>reference.targets
AddReferencesItem NodeId>nodes NodeId>reference.types Boolean>reference.forward String>reference.servers ExpandedNodeId>reference.targets Int32>reference.classes
DeleteNodesItem NodeId>nodes Boolean>reference.bidirectional
DeleteReferencesItem NodeId>nodes NodeId>reference.types Boolean>reference.forward ExpandedNodeId>reference.targets Boolean>reference.bidirectional
QueryDataDescription RelativePathElement[] UInt32>attributes String>index_ranges
NodeTypeDescription ExpandedNodeId>nodes Boolean QueryDataDescription[]
QueryDataSet ExpandedNodeId>reference.targets ExpandedNodeId>reference.type_definitions Variant[]>values
ParsingResult StatusCode>item.statuses StatusCode[]>input_statuses DiagnosticInfo[]
ContentFilter ContentFilterElement[]
ContentFilterElement Int32>filter.operators ExtensionObject[]
ContentFilterResult ContentFilterElementResult[] DiagnosticInfo[]
ContentFilterElementResult StatusCode StatusCode[] DiagnosticInfo[]

ReadValueId NodeId>nodes UInt32>attributes String>index_ranges QualifiedName>data_encodings
WriteValue NodeId>nodes UInt32>attributes String>index_ranges Value
HistoryReadValueId NodeId>nodes String>index_ranges QualifiedName>data_encodings ByteString>continuation_points
HistoryReadResult StatusCode>item.statuses ByteString>continuation_points ExtensionObject
HistoryUpdateResult StatusCode>item.statuses StatusCode[]>input_statuses DiagnosticInfo[]
CallMethodRequest NodeId>nodes NodeId>methods Variant[]>inputs
CallMethodResult StatusCode>item.statuses StatusCode[]>input_statuses DiagnosticInfo[] Variant[]>outputs

MonitoringParameters UInt32>item.client_handles Double>item.requested_intervals ExtensionObject UInt32>item.requested_queue_sizes Boolean>item.discard_oldest
MonitoredItemCreateRequest ReadValueId Int32>item.modes MonitoringParameters
MonitoredItemCreateResult StatusCode>item.statuses UInt32>item.ids Double>item.intervals UInt32>item.queue_sizes ExtensionObject
MonitoredItemModifyRequest UInt32>item.ids MonitoringParameters
MonitoredItemModifyResult StatusCode>item.statuses Double>item.intervals UInt32>item.queue_sizes ExtensionObject
SubscriptionAcknowledgement UInt32>subscription.ids UInt32>publish.acknowledged
NotificationMessage UInt32>publish.sequence_number DateTime>publish.time ExtensionObject[]
MonitoredItemNotification UInt32>item.client_handles DataValue
EventFieldList UInt32>event.client_handles Variant[]>event.fields
HistoryEventFieldList Variant[]>event.fields
TransferResult StatusCode>item.statuses UInt32[]>publish.available
SimpleAttributeOperand NodeId QualifiedName[]>filter.selected UInt32 String
AggregateConfiguration Boolean Boolean Byte Byte Boolean
ModificationInfo DateTime Int32 String>history.users
"""

EXTENSIONS = """
321 =0>user.token_type String>user.policy_id
324 =1>user.token_type String>user.policy_id String>user.name Secret>user.has_password String>user.encryption_algorithm
327 =2>user.token_type String>user.policy_id ByteString>user.certificate.thumbprint
940 =3>user.token_type String>user.policy_id Secret>user.has_password String>user.encryption_algorithm
724 Int32>filter.triggers UInt32>filter.deadband_types Double>filter.deadbands
727 SimpleAttributeOperand[] ContentFilter
730 DateTime NodeId>filter.aggregates Double AggregateConfiguration
736 StatusCode[] DiagnosticInfo[] ContentFilterResult
739 DateTime Double AggregateConfiguration
811 =0>publish.kinds MonitoredItemNotification[] DiagnosticInfo[]
916 =1>publish.kinds EventFieldList[]
820 =2>publish.kinds StatusCode>publish.status DiagnosticInfo
646 =3>history.details UInt32>history.max_values DateTime>history.start DateTime>history.end SimpleAttributeOperand[] ContentFilter
32800 =3>history.details UInt32>history.max_values DateTime>history.start DateTime>history.end SimpleAttributeOperand[] ContentFilter Boolean>history.modified
18651 =3>history.details UInt32>history.max_values DateTime>history.start DateTime>history.end SimpleAttributeOperand[] ContentFilter Rest
649 =0>history.details Boolean>history.modified DateTime>history.start DateTime>history.end UInt32>history.max_values Boolean
652 =1>history.details DateTime>history.start DateTime>history.end Double>history.interval NodeId[]>history.aggregates AggregateConfiguration
655 =2>history.details DateTime[]>history.times Boolean
23500 =4>history.details DateTime[]>history.times
658 DataValue[]
11227 DataValue[] ModificationInfo[]
661 HistoryEventFieldList[]
32825 HistoryEventFieldList[] ModificationInfo[]
682 =5>history.details NodeId>nodes Int32>history.operation Value[]
11300 =6>history.details NodeId>nodes Int32>history.operation Value[]
685 =7>history.details NodeId>nodes Int32>history.operation SimpleAttributeOperand[] ContentFilter HistoryEventFieldList[]
688 =8>history.details NodeId>nodes Boolean>history.modified DateTime>history.start DateTime>history.end
691 =9>history.details NodeId>nodes DateTime[]>history.times
694 =10>history.details NodeId>nodes ByteString[]>history.event_ids
354 UInt32 LocalizedText>reference.display_names Rest
357 UInt32 LocalizedText>reference.display_names LocalizedText UInt32 UInt32 Variant>values Rest
360 UInt32 LocalizedText>reference.display_names Rest
363 UInt32 LocalizedText>reference.display_names Rest
366 UInt32 LocalizedText>reference.display_names LocalizedText UInt32 UInt32 Variant>values Rest
369 UInt32 LocalizedText>reference.display_names Rest
372 UInt32 LocalizedText>reference.display_names Rest
375 UInt32 LocalizedText>reference.display_names Rest
17611 UInt32 LocalizedText>reference.display_names Rest
12901 String>server.application_names String[]>network.capabilities
597 Variant>filter.operands
600 NodeId String RelativePathElement[] UInt32 String
603 SimpleAttributeOperand
"""
"""Bodies of ExtensionObjects, by the numeric NodeId of their binary encoding; others are passed over."""

"""The services of OPC UA: names, NodeIds of their encodings, and their bodies in the notation of ``opcua_types``.

Sources: OPC 10000-4 (1.05) for services and service sets, OPC 10000-6 (1.05) Annex A for NodeIds. TestStack and
TestStackEx are of editions before 1.04 and still named by other tools.
"""

# ruff: noqa: E501 - tables, one service a line

from __future__ import annotations

SERVICE_FAULT = 397
"""Encoding of a reply that holds a response header only."""

SERVICES = """
discovery find_servers 422 425
discovery find_servers_on_network 12208 12209
discovery get_endpoints 428 431
discovery register_server 437 440
discovery register_server2 12211 12212
secure_channel open_secure_channel 446 449
secure_channel close_secure_channel 452 455
session create_session 461 464
session activate_session 467 470
session close_session 473 476
session cancel 479 482
node_management add_nodes 488 491
node_management add_references 494 497
node_management delete_nodes 500 503
node_management delete_references 506 509
view browse 527 530
view browse_next 533 536
view translate_browse_paths_to_node_ids 554 557
view register_nodes 560 563
view unregister_nodes 566 569
query query_first 615 618
query query_next 621 624
attribute read 631 634
attribute history_read 664 667
attribute write 673 676
attribute history_update 700 703
method call 712 715
monitored_item create_monitored_items 751 754
monitored_item modify_monitored_items 763 766
monitored_item set_monitoring_mode 769 772
monitored_item set_triggering 775 778
monitored_item delete_monitored_items 781 784
subscription create_subscription 787 790
subscription modify_subscription 793 796
subscription set_publishing_mode 799 802
subscription publish 826 829
subscription republish 832 835
subscription transfer_subscriptions 841 844
subscription delete_subscriptions 847 850
test test_stack 410 413
test test_stack_ex 416 419
"""
"""Service set, name, NodeId of the request's encoding, of the reply's."""

REQUESTS = """
422 String>endpoint.url String[]>locales String[]>server.filter_uris
12208 UInt32>network.first_record UInt32>network.max_records String[]>network.capabilities
428 String>endpoint.url String[]>locales String[]>server.filter_uris
437 RegisteredServer
12211 RegisteredServer ExtensionObject[]
446 UInt32>channel.client_version Int32>channel.request_type Int32>security.mode ByteString UInt32>channel.requested_lifetime
452
461 ClientDescription String>server.uri String>endpoint.url String>session.name ByteString ByteString>client.certificate.thumbprint Double>session.requested_timeout UInt32>session.max_response_size
467 ClientSignature SignedSoftwareCertificate[] String[]>locales ExtensionObject Signature
473 Boolean>session.delete_subscriptions
479 UInt32>cancel.handle
488 AddNodesItem[]#item.count
494 AddReferencesItem[]#item.count
500 DeleteNodesItem[]#item.count
506 DeleteReferencesItem[]#item.count
527 View UInt32>max_references BrowseDescription[]#item.count
533 Boolean>release_continuation ByteString[]#item.count>continuation_points
554 BrowsePath[]#item.count
560 NodeId[]#item.count>nodes
566 NodeId[]#item.count>nodes
615 View NodeTypeDescription[]#item.count ContentFilter UInt32 UInt32>max_references
621 Boolean>release_continuation ByteString>continuation_points
631 Double>max_age Int32>timestamps_to_return ReadValueId[]#item.count
664 ExtensionObject Int32>timestamps_to_return Boolean>release_continuation HistoryReadValueId[]#item.count
673 WriteValue[]#item.count
700 ExtensionObject[]#item.count
712 CallMethodRequest[]#item.count
751 UInt32>subscription.id Int32>timestamps_to_return MonitoredItemCreateRequest[]#item.count
763 UInt32>subscription.id Int32>timestamps_to_return MonitoredItemModifyRequest[]#item.count
769 UInt32>subscription.id Int32>item.modes UInt32[]#item.count>item.ids
775 UInt32>subscription.id UInt32>item.triggering UInt32[]>item.links_added UInt32[]>item.links_removed
781 UInt32>subscription.id UInt32[]#item.count>item.ids
787 Double>subscription.requested_interval UInt32>subscription.requested_lifetime UInt32>subscription.requested_keepalive UInt32>subscription.max_notifications Boolean>subscription.publishing Byte>subscription.priority
793 UInt32>subscription.id Double>subscription.requested_interval UInt32>subscription.requested_lifetime UInt32>subscription.requested_keepalive UInt32>subscription.max_notifications Byte>subscription.priority
799 Boolean>subscription.publishing UInt32[]#item.count>subscription.ids
826 SubscriptionAcknowledgement[]#item.count
832 UInt32>subscription.id UInt32>publish.sequence_number
841 UInt32[]#item.count>subscription.ids Boolean>subscription.send_initial
847 UInt32[]#item.count>subscription.ids
410 UInt32 Int32 Variant>inputs
416 UInt32 Int32 Rest
"""
"""What follows the request header, by NodeId."""

REPLIES = """
425 ServerDescription[]
12209 DateTime>network.reset_time ServerOnNetwork[]
431 EndpointDescription[]
440
12212 StatusCode[]>item.statuses DiagnosticInfo[]
449 UInt32>channel.server_version UInt32 UInt32>channel.new_token_id DateTime>channel.created UInt32>channel.lifetime ByteString
455
464 NodeId>session.id NodeId>session.new_key Double>session.timeout ByteString ByteString>server.certificate.thumbprint EndpointDescription[] SignedSoftwareCertificate[] ServerSignature UInt32>session.max_request_size
470 ByteString StatusCode[]>item.statuses DiagnosticInfo[]
476
482 UInt32>cancel.count
491 AddNodesResult[] DiagnosticInfo[]
497 StatusCode[]>item.statuses DiagnosticInfo[]
503 StatusCode[]>item.statuses DiagnosticInfo[]
509 StatusCode[]>item.statuses DiagnosticInfo[]
530 BrowseResult[] DiagnosticInfo[]
536 BrowseResult[] DiagnosticInfo[]
557 BrowsePathResult[] DiagnosticInfo[]
563 NodeId[]>reference.targets
569
618 QueryDataSet[] ByteString>continuation_points ParsingResult[] DiagnosticInfo[] ContentFilterResult
624 QueryDataSet[] ByteString>continuation_points
634 DataValue[] DiagnosticInfo[]
667 HistoryReadResult[] DiagnosticInfo[]
676 StatusCode[]>item.statuses DiagnosticInfo[]
703 HistoryUpdateResult[] DiagnosticInfo[]
715 CallMethodResult[] DiagnosticInfo[]
754 MonitoredItemCreateResult[] DiagnosticInfo[]
766 MonitoredItemModifyResult[] DiagnosticInfo[]
772 StatusCode[]>item.statuses DiagnosticInfo[]
778 StatusCode[]>item.statuses DiagnosticInfo[] StatusCode[]>item.statuses DiagnosticInfo[]
784 StatusCode[]>item.statuses DiagnosticInfo[]
790 UInt32>subscription.id Double>subscription.interval UInt32>subscription.lifetime UInt32>subscription.keepalive
796 Double>subscription.interval UInt32>subscription.lifetime UInt32>subscription.keepalive
802 StatusCode[]>item.statuses DiagnosticInfo[]
829 UInt32>subscription.id UInt32[]>publish.available Boolean>publish.more NotificationMessage StatusCode[]>publish.acknowledge_statuses DiagnosticInfo[]
835 NotificationMessage
844 TransferResult[] DiagnosticInfo[]
850 StatusCode[]>item.statuses DiagnosticInfo[]
413 Variant>outputs
419 Rest
397
"""
"""What follows the response header, by NodeId."""
